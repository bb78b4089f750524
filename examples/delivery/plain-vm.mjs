// A deployer for one VM with systemd, reached by ssh, beside a balancer (`delivery.deploy` of haproxy and nginx).
//
//   command: [node, plain-vm.mjs, --host, deploy@vm1, --base, /srv/shop, --unit, shop, --ports, "8081,8082,8083,8084"]
//
// On the VM: a unit shop@.service with WorkingDirectory=/srv/shop/%i and EnvironmentFile=/srv/shop/%i.env (PORT=…), for the
// instances production, canary, staging and base on the four ports, and the right of `deploy` to start and stop them. Base is
// what a staged change is compared with; without a fourth port set `staging.regression.compare: off`.
import { parseArgs } from 'node:util';
import { answer, Refused, run } from './answer.mjs';

const { values } = parseArgs({
  options: {
    host: { type: 'string' },
    base: { type: 'string' },
    unit: { type: 'string' },
    ports: { type: 'string' },
    address: { type: 'string', default: '127.0.0.1' },
    health: { type: 'string', default: '/healthz' },
  },
});
const { host, base, unit, address, health } = values;
const numbers = values.ports.split(',').map(Number);
const SLOTS = ['production', 'canary', 'staging', 'base'].slice(0, numbers.length);
const ports = Object.fromEntries(SLOTS.map((slot, index) => [slot, numbers[index]]));

/** The remote shell reads the script from stdin, so nothing has to be quoted twice. Words in it are checked or ours. */
const remote = (script) => run('ssh', ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=5', host, 'sh', '-eu'], script);

function checked(value, shape, what) {
  if (!shape.test(value)) throw new Refused('BAD_QUESTION', `${what} is ${value}`);
  return value;
}
const slotOf = (question) => checked(question.environment, new RegExp(`^(${SLOTS.join('|')})$`), 'environment');
const versionOf = (question) => checked(question.version, /^[0-9a-f]{64}$/, 'version');

function describe() {
  const lines = remote(`
    for slot in ${SLOTS.join(' ')}; do
      if systemctl is-active --quiet ${unit}@$slot; then basename "$(readlink ${base}/$slot)"; else echo -; fi
    done`)
    .trim()
    .split('\n');
  return Object.fromEntries(
    SLOTS.map((slot, index) => {
      const version = lines[index];
      return [slot, version === '-' ? null : { version, endpoint: `http://${address}:${ports[slot]}` }];
    }),
  );
}

/** The link is changed by rename, so a crash leaves the old version or the new one. */
const start = (slot, version) =>
  remote(`
    ln -sfn ${base}/versions/${version} ${base}/${slot}.next
    mv -T ${base}/${slot}.next ${base}/${slot}
    systemctl restart ${unit}@${slot}`);

await answer({
  describe,
  deploy(question) {
    const slot = slotOf(question);
    const version = versionOf(question);
    if (describe()[slot]?.version !== version) {
      remote(`mkdir -p ${base}/versions`);
      run('rsync', ['-a', '--delete', `${question.directory}/`, `${host}:${base}/versions/${version}/`]);
      start(slot, version);
    }
    return { version, endpoint: `http://${address}:${ports[slot]}` };
  },
  replace_production(question) {
    const version = versionOf(question);
    const slots = describe();
    if (slots.production?.version === version) return;
    if (slots.canary?.version !== version) throw new Refused('NOT_THE_CANARY', `the canary is not ${version}`);
    start('production', version);
  },
  retire(question) {
    const slot = slotOf(question);
    remote(`systemctl stop ${unit}@${slot}; rm -f ${base}/${slot}`);
  },
  health(question) {
    const slot = slotOf(question);
    const said = remote(`
      systemctl is-active --quiet ${unit}@${slot} || { echo "${unit}@${slot} is not active"; exit 0; }
      curl -sS -m 2 -o /dev/null -w '%{http_code}' http://${address}:${ports[slot]}${health} 2>&1 || true`).trim();
    return said === '200' ? { up: true, detail: 'healthy' } : { up: false, detail: `${health}: ${said}` };
  },
});
