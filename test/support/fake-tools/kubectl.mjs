// Answers as kubectl does for the calls of examples/delivery, over objects in a file, and writes down every call.
// The shapes are those of the real objects, cut to what is read; anything else ends with code 1, as an unknown call must.
import { readFileSync, writeFileSync } from 'node:fs';

const file = process.env.FAKE_KUBECTL_STATE;
const state = JSON.parse(readFileSync(file, 'utf8'));
const args = process.argv.slice(2);
state.calls.push(args);

const flag = (name) => args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
const words = args.filter((arg, index) => !arg.startsWith('--') && args[index - 1] !== '--namespace');
const save = () => writeFileSync(file, JSON.stringify(state));

function fail(text) {
  save();
  console.error(text);
  process.exit(1);
}

function find(kind, name) {
  return state.objects[`${kind}/${name}`] ?? fail(`Error from server (NotFound): ${kind} "${name}" not found`);
}

/** What the controllers would do, at once. Pods of an unhealthy image never become available. */
function settleDeployment(deployment) {
  deployment.metadata.generation += 1;
  const bad = state.unhealthy.some((version) => deployment.spec.template.spec.containers[0].image.endsWith(version));
  deployment.status = {
    observedGeneration: deployment.metadata.generation,
    updatedReplicas: deployment.spec.replicas,
    ...(bad ? {} : { availableReplicas: deployment.spec.replicas }),
  };
}

function settleRoute(route) {
  route.metadata.generation += 1;
  route.metadata.resourceVersion = String(Number(route.metadata.resourceVersion) + 1);
  const condition = { type: 'Accepted', status: 'True', observedGeneration: route.metadata.generation };
  route.status = { parents: [{ conditions: [condition] }] };
}

function patchStrategic(deployment, patch) {
  Object.assign(deployment.metadata.annotations, patch.metadata.annotations);
  deployment.spec.replicas = patch.spec.replicas;
  deployment.spec.template.spec.containers = patch.spec.template.spec.containers;
  settleDeployment(deployment);
}

function patchJson(object, operations) {
  const parent = (path) => path.slice(0, -1).reduce((at, key) => at[key], object);
  for (const { op, path, value } of operations) {
    const keys = path.split('/').slice(1);
    const key = keys.at(-1);
    if (op === 'test' && parent(keys)[key] !== value)
      fail('The request is invalid: the server rejected our request due to a test failure');
    if (op === 'add') parent(keys)[key] = value;
  }
  settleRoute(object);
}

function rolloutStep(rollout, index) {
  const { stableRS, currentPodHash } = rollout.status;
  const done = index >= 4;
  rollout.status = {
    currentPodHash,
    stableRS: done ? currentPodHash : stableRS,
    currentStepIndex: index,
    phase: done ? 'Healthy' : 'Paused',
    pauseConditions: done ? [] : [{ reason: 'CanaryPauseStep' }],
    canary: { weights: { canary: { weight: index === 3 ? 5 : 0 } } },
  };
}

function argo(verb, ...rest) {
  const rollout = find('rollout', verb === 'set' ? rest[1] : rest[0]);
  if (verb === 'set') {
    const image = rest[2].split('=')[1];
    rollout.spec.template.spec.containers[0].image = image;
    rollout.status.currentPodHash = image.split(':')[1].slice(0, 10);
    delete rollout.status.abort;
    rolloutStep(rollout, rollout.status.currentPodHash === rollout.status.stableRS ? 4 : 1);
  } else if (verb === 'abort') {
    rollout.status = {
      ...rollout.status,
      abort: true,
      phase: 'Degraded',
      message: 'RolloutAborted',
      pauseConditions: [],
    };
  } else if (verb === 'promote') {
    rolloutStep(rollout, args.includes('--full') ? 4 : 3);
  } else fail(`unknown command "${verb}"`);
}

const [verb, kind, name] = words;
if (verb === 'get') console.log(JSON.stringify(find(kind, name)));
else if (verb === 'patch' && flag('type') === 'strategic') patchStrategic(find(kind, name), JSON.parse(flag('patch')));
else if (verb === 'patch' && flag('type') === 'json') patchJson(find(kind, name), JSON.parse(flag('patch')));
else if (verb === 'scale') {
  find(kind, name).spec.replicas = Number(flag('replicas'));
  settleDeployment(find(kind, name));
} else if (verb === 'set') {
  const deployment = find('deployment', words[2].split('/')[1]);
  deployment.spec.template.spec.containers[0].image = words[3].split('=')[1];
  settleDeployment(deployment);
} else if (verb === 'annotate') {
  const [key, value] = words[3].split('=');
  find(kind, name).metadata.annotations[key] = value;
} else if (verb === 'argo') argo(...words.slice(2));
else fail(`error: unknown command "${verb}"`);
save();
