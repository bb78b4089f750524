import { closeAll } from './close-all.ts';
import type { Config } from './config/config.ts';
import { armCrashPoint } from './crash-point.ts';
import { makeFleetDesk } from './fleet/make-fleet-desk.ts';
import { makeGithubClient } from './forge/github-client.ts';
import { startForgePoll } from './forge/start-forge-poll.ts';
import { watchedRepos } from './forge/watched-repos.ts';
import { createServer } from './http/create-server.ts';
import { listen } from './http/listen.ts';
import { startMirrorJanitor } from './janitor/start-mirror-janitor.ts';
import type { Logger } from './log.ts';
import { makeFleetMetrics } from './metrics/fleet-metrics.ts';
import { watchAppends } from './metrics/watch-appends.ts';
import { makeNotificationDesk } from './notifications/make-notification-desk.ts';
import { openCore } from './open-core.ts';
import { openGit, openMirrors } from './open-git.ts';
import { readPackageVersion } from './package-root.ts';
import { makeRollbackDesk } from './runs/make-rollback-desk.ts';
import { makeRunDesk } from './runs/make-run-desk.ts';

export interface RunningServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** API, pages, Bull Board and the fleet's metrics. It only asks and records; workers act. */
export async function startServerProcess(config: Config, log: Logger): Promise<RunningServer> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = () => closeAll(closers, log);
  armCrashPoint(config.env.crashPoint);
  try {
    const core = await openCore(config, log);
    closers.push(core.close);
    const repository = openGit(config, log);
    const { githubToken } = config.env;
    const metrics = makeFleetMetrics({
      db: core.db,
      queues: core.queues,
      budgets: config.budgets,
      watchedRepos: githubToken === undefined ? [] : watchedRepos(config),
      checkpoints: config.audit.checkpoints !== 'off',
      branches: { services: Object.keys(config.services), everyHours: config.audit.compare_branch_every_h },
      log,
    });
    const audit = watchAppends(core.audit, metrics.registry);
    const fleet = makeFleetDesk({ ...core, audit, config, log });
    const desk = makeRunDesk({ ...core, audit, config, repository, log });
    const targetBranches = (repo: string) =>
      Object.values(config.services).flatMap((service) => (service.repo === repo ? [service.target_branch] : []));
    const app = createServer({
      desk,
      fleet,
      rollbacks: makeRollbackDesk({ ...core, audit, fleet, log }),
      notifications: makeNotificationDesk({ db: core.db, audit }),
      db: core.db,
      queues: Object.values(core.queues.byName),
      metrics,
      readiness: async () => {
        const reasons: string[] = [];
        await core.db
          .selectFrom('slipway.leases')
          .select('name')
          .limit(1)
          .execute()
          .catch(() => reasons.push('postgres is out of reach'));
        if (core.queues.redis.status !== 'ready') reasons.push('redis is out of reach');
        return { ready: reasons.length === 0, reasons };
      },
      config: { server: config.server, profile: config.profile, version: readPackageVersion() },
      github: { secret: config.env.githubWebhookSecret, targetBranches },
      log,
      now: () => new Date(),
    });
    const http = await listen(app, { host: config.server.host, port: config.server.port });
    closers.push(() => http.close());
    closers.push(startMirrorJanitor({ db: core.db, mirrors: openMirrors(config, log), config, log }).close);
    if (githubToken !== undefined) {
      const forge = makeGithubClient({ apiUrl: config.forge.api_url, token: githubToken });
      closers.push(startForgePoll({ ...core, config, desk, targetBranches, forge, log }).close);
    }
    log.info({ url: http.url }, 'server started');
    return { url: http.url, close };
  } catch (error) {
    await close();
    throw error;
  }
}
