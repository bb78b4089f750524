import { Agent, request } from 'node:http';
import { adoptProduction, makeLocalMetricSource, makeLocalTarget } from '../../src/delivery/local/make-local-target.ts';
import type { MetricSource } from '../../src/delivery/metric-source.ts';
import type { Artifact, DeliveryTarget } from '../../src/delivery/target.ts';
import { makeLogger } from '../../src/log.ts';
import { becomeHealthy, never, RECEIPT } from '../contract/delivery-target.ts';
import { eventually } from './eventually.ts';
import { SERVICE, type TargetProcess, type TargetRoom, TOKEN, withTargetRoom } from './local-target.ts';

const log = makeLogger({ level: 'silent', name: 'test' });
export const service = SERVICE;

export interface Stage {
  readonly room: TargetRoom;
  readonly url: string;
  readonly target: DeliveryTarget;
  readonly metrics: MetricSource;
  readonly production: Artifact;
}

export function clientsOf(url: string): { target: DeliveryTarget; metrics: MetricSource } {
  return { target: makeLocalTarget({ url, token: TOKEN, log }), metrics: makeLocalMetricSource({ url, token: TOKEN }) };
}

/** A target in this process, with a healthy production version. */
export function withStage(work: (stage: Stage) => Promise<void>): Promise<void> {
  return withTargetRoom(async (room) => work(await setUp(room, (await room.startHere()).url)));
}

/** The same with the target as a process of its own, as it is in life. */
export function withProcess(work: (stage: Stage & { running: TargetProcess }) => Promise<void>): Promise<void> {
  return withTargetRoom(async (room) => {
    const running = await room.start();
    await work({ ...(await setUp(room, running.url)), running });
  });
}

async function setUp(room: TargetRoom, url: string): Promise<Stage> {
  const production = await room.artifact('production');
  await adoptProduction({ url, token: TOKEN }, { service, artifact: production }, never());
  const clients = clientsOf(url);
  await productionUp(clients.metrics);
  return { room, url, production, ...clients };
}

export async function productionUp(metrics: MetricSource): Promise<void> {
  await eventually('production is up', async () => (await metrics.snapshot(service, never())).control.up);
}

export async function deployCanary(
  { room, target }: Pick<Stage, 'room' | 'target'>,
  pct: number,
  name = 'canary',
): Promise<Artifact> {
  const artifact = await room.artifact(name);
  await target.deploy(
    RECEIPT,
    { service, environment: 'canary', artifact, effect: { id: `deploy-${name}`, fence: '1' } },
    never(),
  );
  await becomeHealthy(target, service, 'canary');
  await target.setWeight(RECEIPT, { service, canaryPct: pct, effect: { id: `weight-${name}`, fence: '1' } }, never());
  return artifact;
}

export async function publicUrl(target: DeliveryTarget): Promise<string> {
  return (await target.describe(service, never())).publicEndpoint;
}

/** Who answered each of `count` requests. */
export async function whoAnswers(url: string, count: number): Promise<(string | undefined)[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const one = () =>
    new Promise<string | undefined>((resolve, reject) => {
      const sent = request(url, { agent }, (response) => {
        response.resume();
        response.once('end', () => resolve(String(response.headers['x-served-by'])));
      });
      sent.once('error', reject).end();
    });
  const answers: (string | undefined)[] = [];
  const work = async () => {
    while (answers.length < count) {
      const index = answers.push(undefined) - 1;
      answers[index] = await one();
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
  agent.destroy();
  return answers;
}
