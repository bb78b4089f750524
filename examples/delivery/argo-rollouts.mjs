// A target for Argo Rollouts: the Rollout moves traffic, Slipway decides when. Needs the kubectl plugin `argo rollouts`.
//
//   command: [node, argo-rollouts.mjs, --namespace, shop, --name, shop, --image, registry.example.com/shop, --pct, "5"]
//
// In the cluster, made once: a Rollout shop (container `app`) with a traffic router and these steps, and no analysis of its own:
//
//   steps: [{ setCanaryScale: { replicas: 1 } }, { pause: {} }, { setWeight: 5 }, { pause: {} }]
//
// Weights are those of the steps: 0 at the first pause, 5 at the second, anything else is refused. Staging and what
// it is compared with are Deployments shop-staging and shop-base without replicas. CI pushes each merge's image with the tag that is its artifact's digest.
import { parseArgs } from 'node:util';
import { answer, Later, Refused, run, until } from './answer.mjs';

const { values } = parseArgs({
  options: {
    namespace: { type: 'string' },
    name: { type: 'string' },
    image: { type: 'string' },
    pct: { type: 'string', default: '5' },
  },
});
const { namespace, name, image } = values;
const offered = Number(values.pct);
const PAUSED_AT_ZERO = 1;
const PAUSED_AT_WEIGHT = 3;

const kubectl = (...args) => run('kubectl', ['--namespace', namespace, ...args]);
const rollouts = (...args) => kubectl('argo', 'rollouts', ...args);
const rollout = () => JSON.parse(kubectl('get', 'rollout', name, '--output=json'));
/** Off traffic, so Deployments are enough. */
const ASIDE = ['staging', 'base'];
const aside = (slot) => JSON.parse(kubectl('get', 'deployment', `${name}-${slot}`, '--output=json'));
const tagOf = (object) =>
  object.spec.template.spec.containers
    .find((container) => container.name === 'app')
    .image.split(':')
    .at(-1);
const setImage = (version) => rollouts('set', 'image', name, `app=${image}:${version}`);

/** The version of each side. An aborted rollout still names the new version in its spec, and runs only the old one. */
function versions() {
  const object = rollout();
  const { stableRS, currentPodHash, abort } = object.status;
  const stable = object.metadata.annotations?.['slipway.dev/stable'] ?? tagOf(object);
  if (currentPodHash === stableRS || abort)
    return { stable: currentPodHash === stableRS ? tagOf(object) : stable, canary: null };
  return { stable, canary: tagOf(object) };
}

function weight() {
  const { status } = rollout();
  return status.abort ? 0 : (status.canary?.weights?.canary?.weight ?? 0);
}

const isPausedAt = (step) => {
  const { status } = rollout();
  return status.currentStepIndex === step && (status.pauseConditions ?? []).length > 0;
};

await answer({
  describe() {
    const { stable, canary } = versions();
    const at = (version, suffix) =>
      version === null ? null : { version, endpoint: `http://${name}-${suffix}.${namespace}.svc` };
    return {
      production: at(stable, 'stable'),
      canary: at(canary, 'canary'),
      ...Object.fromEntries(
        ASIDE.map((slot) => [slot, at(aside(slot).spec.replicas > 0 ? tagOf(aside(slot)) : null, slot)]),
      ),
    };
  },
  async deploy({ environment, version }) {
    const endpoint = `http://${name}-${environment}.${namespace}.svc`;
    if (ASIDE.includes(environment)) {
      kubectl('set', 'image', `deployment/${name}-${environment}`, `app=${image}:${version}`);
      kubectl('scale', 'deployment', `${name}-${environment}`, '--replicas=1');
      return { version, endpoint };
    }
    const { stable, canary } = versions();
    if (canary !== version) {
      kubectl('annotate', 'rollout', name, '--overwrite', `slipway.dev/stable=${stable}`);
      setImage(version);
    }
    if (!(await until(() => isPausedAt(PAUSED_AT_ZERO), 40)))
      throw new Later('NOT_PAUSED', 'the Rollout has not come to its first pause');
    return { version, endpoint };
  },
  health({ environment }) {
    if (ASIDE.includes(environment)) {
      const { spec, status = {} } = aside(environment);
      const up = spec.replicas > 0 && status.availableReplicas === spec.replicas;
      return { up, detail: `pods of ${environment}` };
    }
    const { status } = rollout();
    return {
      up: !status.abort && ['Paused', 'Healthy'].includes(status.phase),
      detail: status.message ?? status.phase,
    };
  },
  get_weight: () => ({ canary_pct: weight() }),
  async set_weight({ canary_pct }) {
    if (canary_pct === weight()) return;
    if (canary_pct === 0) rollouts('abort', name);
    else if (canary_pct !== offered)
      throw new Refused('WEIGHT_NOT_OFFERED', `the steps of the Rollout offer ${offered} %`);
    else if (isPausedAt(PAUSED_AT_ZERO)) rollouts('promote', name);
    else throw new Later('NOT_PAUSED', 'the Rollout is not at its first pause');
    if (!(await until(() => weight() === canary_pct && (canary_pct === 0 || isPausedAt(PAUSED_AT_WEIGHT)), 20)))
      throw new Later('NOT_IN_FORCE', `the Rollout has not come to ${canary_pct} % yet`);
  },
  async promote({ version }) {
    if (versions().stable === version) return;
    rollouts('promote', name, '--full');
    if (!(await until(() => versions().stable === version && versions().canary === null, 50)))
      throw new Later('PROMOTION_STUCK', 'the Rollout has not finished; it goes on by itself');
  },
  retire({ environment }) {
    if (ASIDE.includes(environment))
      return void kubectl('scale', 'deployment', `${name}-${environment}`, '--replicas=0');
    const { stable } = versions();
    if (tagOf(rollout()) !== stable) setImage(stable);
  },
});
