// A target for Kubernetes with the Gateway API: an HTTPRoute shares traffic between two Services.
//
//   command: [node, gateway-api.mjs, --namespace, shop, --name, shop, --image, registry.example.com/shop, --replicas, "3"]
//
// In the cluster, made once: Deployments and Services shop-production, shop-canary, shop-staging and shop-base (the container
// is called `app`, all but the first have no replicas), and an HTTPRoute shop whose first rule has the backends shop-production
// with weight 1 and shop-canary with weight 0. CI pushes each merge's image with the tag that is its artifact's digest.
import { parseArgs } from 'node:util';
import { answer, Later, Refused, run, until } from './answer.mjs';

const { values } = parseArgs({
  options: {
    namespace: { type: 'string' },
    name: { type: 'string' },
    image: { type: 'string' },
    replicas: { type: 'string', default: '1' },
  },
});
const { namespace, name, image } = values;
const SLOTS = ['production', 'canary', 'staging', 'base'];
const VERSION = 'slipway.dev/version';
const FENCE = 'slipway.dev/fence';
/** Weights are whole numbers; these give a resolution of 0.01 %. */
const WHOLE = 10_000;

const kubectl = (...args) => run('kubectl', ['--namespace', namespace, '--request-timeout=10s', ...args]);
const read = (kind, object) => JSON.parse(kubectl('get', kind, object, '--output=json'));
const deploymentOf = (slot) => read('deployment', `${name}-${slot}`);
const endpointOf = (slot) => `http://${name}-${slot}.${namespace}.svc`;

function versionIn(slot) {
  const deployment = deploymentOf(slot);
  return deployment.spec.replicas > 0 ? (deployment.metadata.annotations?.[VERSION] ?? null) : null;
}

function start(slot, version) {
  const patch = {
    metadata: { annotations: { [VERSION]: version } },
    spec: {
      replicas: slot === 'production' ? Number(values.replicas) : 1,
      template: { spec: { containers: [{ name: 'app', image: `${image}:${version}` }] } },
    },
  };
  kubectl('patch', 'deployment', `${name}-${slot}`, '--type=strategic', `--patch=${JSON.stringify(patch)}`);
}

const stop = (slot) => kubectl('scale', 'deployment', `${name}-${slot}`, '--replicas=0');

function health(slot) {
  const { metadata, spec, status = {} } = deploymentOf(slot);
  const settled = status.observedGeneration === metadata.generation && status.updatedReplicas === spec.replicas;
  const up = settled && spec.replicas > 0 && status.availableReplicas === spec.replicas;
  return { up, detail: `${status.availableReplicas ?? 0} of ${spec.replicas} pods are available` };
}

function backends(route) {
  const refs = route.spec.rules[0].backendRefs;
  const at = (slot) => refs.findIndex((ref) => ref.name === `${name}-${slot}`);
  const found = { stable: at('production'), canary: at('canary') };
  if (refs.length !== 2 || found.stable < 0 || found.canary < 0)
    throw new Refused('ROUTE_SHAPE', `HTTPRoute ${name} must have exactly ${name}-production and ${name}-canary`);
  return { ...found, weight: (index) => refs[index].weight ?? 1 };
}

/** What the controller has accepted, not only what was asked for. */
function weightInForce() {
  const route = read('httproute', name);
  const parents = route.status?.parents ?? [];
  const accepted = parents.length > 0 && parents.every((parent) => isAccepted(parent, route.metadata.generation));
  if (!accepted) return null;
  const { stable, canary, weight } = backends(route);
  return (100 * weight(canary)) / (weight(stable) + weight(canary));
}

function isAccepted(parent, generation) {
  const condition = parent.conditions.find(({ type }) => type === 'Accepted');
  return condition?.status === 'True' && condition.observedGeneration === generation;
}

/** The API server refuses the patch when anybody changed the route since it was read: the fence holds at the actuator. */
async function setWeight(pct, fence) {
  const route = read('httproute', name);
  const seen = route.metadata.annotations?.[FENCE] ?? '0';
  if (BigInt(fence) < BigInt(seen)) throw new Refused('STALE_FENCE', `fence ${fence} is older than ${seen}`);
  const { stable, canary } = backends(route);
  const share = Math.round((pct / 100) * WHOLE);
  const at = (index) => `/spec/rules/0/backendRefs/${index}/weight`;
  const patch = [
    { op: 'test', path: '/metadata/resourceVersion', value: route.metadata.resourceVersion },
    { op: 'add', path: '/metadata/annotations', value: { ...route.metadata.annotations, [FENCE]: fence } },
    { op: 'add', path: at(stable), value: WHOLE - share },
    { op: 'add', path: at(canary), value: share },
  ];
  kubectl('patch', 'httproute', name, '--type=json', `--patch=${JSON.stringify(patch)}`);
  if (!(await until(() => weightInForce() === (100 * share) / WHOLE, 20)))
    throw new Later('NOT_IN_FORCE', `HTTPRoute ${name} has the new weight, and the gateway has not accepted it yet`);
}

await answer({
  describe: () =>
    Object.fromEntries(
      SLOTS.map((slot) => {
        const version = versionIn(slot);
        return [slot, version === null ? null : { version, endpoint: endpointOf(slot) }];
      }),
    ),
  deploy({ environment, version }) {
    start(environment, version);
    return { version, endpoint: endpointOf(environment) };
  },
  health: ({ environment }) => health(environment),
  set_weight: ({ canary_pct, effect }) => setWeight(canary_pct, effect.fence),
  get_weight() {
    const canary_pct = weightInForce();
    if (canary_pct === null) throw new Later('NOT_IN_FORCE', `the gateway has not accepted HTTPRoute ${name} yet`);
    return { canary_pct };
  },
  async promote({ version, effect }) {
    if (versionIn('production') !== version) {
      await setWeight(100, effect.fence);
      start('production', version);
    }
    if (!(await until(() => health('production').up, 40)))
      throw new Later('PROMOTION_STUCK', `${health('production').detail}; the canary goes on serving`);
    await setWeight(0, effect.fence);
    stop('canary');
  },
  retire: ({ environment }) => void stop(environment),
});
