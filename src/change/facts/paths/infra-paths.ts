/** Pipelines, containers, deployment and infrastructure by path. Which kind it is goes into the evidence. */
type Kind =
  | 'github_actions'
  | 'repository_settings'
  | 'gitlab_ci'
  | 'ci'
  | 'container'
  | 'infrastructure'
  | 'deployment'
  | 'release_policy';

/** Whole names, wherever they stand. */
const NAMES: Readonly<Record<string, Kind>> = {
  ...each('ci', [
    '.travis.yml .cirrus.yml .cirrus.star .drone.star .drone.jsonnet .mergify.yml .mergify.yaml appveyor.yml .appveyor.yml',
    'bitbucket-pipelines.yml codefresh.yml wercker.yml shippable.yml screwdriver.yaml .taskcluster.yml .build.yml bors.toml',
    '.zuul.yaml zuul.yaml .prow.yaml .packit.yaml .packit.yml .woodpecker.yml .woodpecker.yaml .vela.yml .goreleaser.yml',
    '.goreleaser.yaml Earthfile renovate.json renovate.json5 .renovaterc .renovaterc.json',
  ]),
  ...each('container', ['.dockerignore docker-bake.json docker-bake.hcl supervisord.conf captain-definition']),
  ...each('deployment', [
    'cdk.json cdk.context.json sst.config.ts serverless.yml serverless.yaml samconfig.toml skaffold.yaml skaffold.yml',
    'Tiltfile Vagrantfile Procfile fly.toml vercel.json now.json netlify.toml render.yaml heroku.yml railway.json railway.toml',
    'nixpacks.toml wrangler.toml wrangler.json wrangler.jsonc amplify.yml apphosting.yaml appspec.yml Dockerrun.aws.json',
    '.platform.app.yaml clouddeploy.yaml devspace.yaml okteto.yml garden.yml Capfile fabfile.py ecosystem.config.js',
    'ecosystem.config.cjs firebase.json',
  ]),
  ...each('infrastructure', [
    'kustomization.yaml kustomization.yml Chart.yaml Chart.yml helmfile.yaml helmfile.yml ansible.cfg Caddyfile',
    'configuration.nix hardware-configuration.nix httpd.conf',
  ]),
};

function each(kind: Kind, lines: readonly string[]): Record<string, Kind> {
  return Object.fromEntries(lines.flatMap((line) => line.split(' ')).map((name) => [name.toLowerCase(), kind]));
}

/** Names by pattern. */
const NAMED: readonly (readonly [RegExp, Kind])[] = [
  [/^(?:[\w.-]+\.)?(?:dockerfile|containerfile)(?:[._-][\w.-]+)?$/, 'container'],
  [/^(?:docker-compose[\w.-]*|(?:podman-)?compose(?:[.-][\w-]+)*|docker-stack[\w.-]*)\.ya?ml$/, 'container'],
  [/^docker-entrypoint[\w.-]*$/, 'container'],
  [/^(?:\.drone\.ya?ml|azure-pipelines[\w.-]*\.ya?ml|cloudbuild[\w.-]*\.ya?ml|buildspec[\w.-]*\.ya?ml)$/, 'ci'],
  [/^jenkinsfile[\w.-]*$|^jenkins[\w-]*\.(?:sh|ps1|groovy|bat)$/, 'ci'],
  [/\.(?:tf|tfvars|hcl|tofu|bicep|nomad|sls|pp)$/, 'infrastructure'],
  [/^(?:pulumi(?:\.[\w-]+)?\.ya?ml|procfile\.\w+|fly\.\w+\.toml|task-?def(?:inition)?[\w.-]*\.json)$/, 'deployment'],
  [
    /^(?:nginx|haproxy|envoy|traefik|prometheus|alertmanager)(?:[\w-]*\.)*(?:conf|cfg|ya?ml|toml|template|tmpl|j2)$/,
    'infrastructure',
  ],
  [/\.(?:service|timer|socket)(?:\.(?:in|j2|tmpl))?$|\.vcl$/, 'infrastructure'],
  [/^playbook[\w-]*\.ya?ml$/, 'infrastructure'],
];

/** By where a file stands, from the root of the repository or of one of its parts. */
const PLACES: readonly (readonly [RegExp, Kind])[] = [
  [/(?:^|\/)\.(?:github|gitea|forgejo)\/(?:workflows|actions)\//, 'github_actions'],
  [/(?:^|\/)\.github\/(?:dependabot\.ya?ml|codeowners|settings\.yml)$/, 'repository_settings'],
  [/^(?:docs\/|\.gitlab\/)?codeowners$/, 'repository_settings'],
  [/(?:^|\/)action\.ya?ml$/, 'github_actions'],
  [
    /(?:^|\/)\.gitlab-ci\.ya?ml$|(?:^|\/)\.gitlab\/(?:ci\/.*|[^\n]*\.(?:ya?ml|sh|bash|rb|py|ps1|toml))$|^\.gitlab-ci\//,
    'gitlab_ci',
  ],
  [/^(?:(?:src|build|tools|scripts)\/)?\.?ci\/.*\.(?:sh|bash|ps1|cmd|bat|ya?ml|py|groovy|toml|env)$/, 'ci'],
  [
    /(?:^|\/)\.(?:circleci|buildkite|teamcity|semaphore|woodpecker|tekton|azuredevops|azure-pipelines|pipelines|concourse|harness|jenkins|prow|builds)\//,
    'ci',
  ],
  [
    /^(?:\.?zuul\.d|bamboo-specs|jenkins|concourse|eng\/pipelines|tekton)\/|(?:^|\/)\.github\/[^\n]*\.(?:sh|py|ps1)$/,
    'ci',
  ],
  [
    /(?:^|\/)\.(?:ebextensions|elasticbeanstalk|platform|upsun|kamal)\/|^config\/deploy(?:\.[\w-]+)?\.(?:ya?ml|rb)$|^config\/deploy\/[\w-]+\.rb$|^copilot\/[\w-]+\/manifest\.ya?ml$/,
    'deployment',
  ],
  [
    /(?:^|\/)(?:roles\/[\w.-]+\/(?:tasks|handlers|defaults|vars|meta|templates|files)|group_vars|host_vars|playbooks)\//,
    'infrastructure',
  ],
  [
    /(?:^|\/)(?:nixos|hosts|machines)\/(?:.*\/)?[\w.-]+\.nix$|^cookbooks\/[\w.-]+\/(?:recipes|attributes|templates)\//,
    'infrastructure',
  ],
  [
    /(?:^|\/)(?:nginx|sites-(?:available|enabled)|apache2)\/(?:.*\/)?(?:[\w-]+|[\w.-]+\.(?:conf|template|tmpl|j2))$/,
    'infrastructure',
  ],
  [/^(?:[\w.-]+\/)?slipway\.ya?ml$|^\.slipway\//, 'release_policy'],
];

/** Folders that hold machinery, with the ends of the files in them that are. */
const FOLDERS: readonly (readonly [RegExp, RegExp, Kind])[] = [
  [
    /^(?:k8s|kubernetes|helm|charts|kustomize|terraform|ansible|deploy|deployments?|infra|infrastructure|argocd|flux|flux-system|cloudformation|cfn|openshift|nomad|salt|iac)$/i,
    /\.(?:ya?ml|json|tpl|j2|sh|toml|conf|cfg)$/,
    'infrastructure',
  ],
  [/^(?:manifests|overlays|clusters|gitops)$/, /\.ya?ml$/, 'infrastructure'],
  [/^inventor(?:y|ies)$/, /(?:^|\/)hosts[\w-]*\.ya?ml$|\.ini$/, 'infrastructure'],
  [
    /^(?:monitoring|observability|alerting|grafana|prometheus|alertmanager)$/,
    /\.(?:ya?ml|json|ini|rules|libsonnet|jsonnet)$/,
    'infrastructure',
  ],
  [/^\.?docker$/, /\.(?:sh|bash|conf|cfg|cnf|ini|xml|ya?ml|json|toml|tmpl|template|env|j2)$/, 'container'],
];
/** What stands below one of these belongs to the program, its pages or its texts. */
const PROGRAM =
  /^(?:src|lib|app|pkg|internal|cmd|public|static|assets|locales?|i18n|resources|translations|components|pages|views|node_modules)$/i;

/** A part of the program may be called after what it draws or does. */
const MANIFEST = /(?:^|\/)(?:package|tsconfig[\w.-]*|composer|deno)\.json$/;

function kindByFolder(path: string): Kind | null {
  if (MANIFEST.test(path)) return null;
  const folders = path.split('/').slice(0, -1);
  for (const folder of folders) {
    if (PROGRAM.test(folder)) return null;
    const found = FOLDERS.find(([name, end]) => name.test(folder) && end.test(path));
    if (found !== undefined) return found[2];
  }
  return null;
}

/** Names that programs give to other things as well: only outside of settings and texts. */
const SHARED_NAME = /^(?:values[\w.-]*|app)\.ya?ml$/;
const SETTINGS = /^(?:config|configs|conf|settings|data|values|res)$/i;

/** Which kind of delivery machinery a path belongs to by its name and place, or null. */
export function machineryOf(path: string): string | null {
  const lower = path.toLowerCase();
  const name = lower.slice(lower.lastIndexOf('/') + 1);
  const named = NAMES[name] ?? NAMED.find(([pattern]) => pattern.test(name))?.[1];
  if (named !== undefined) return named;
  const placed = PLACES.find(([pattern]) => pattern.test(lower))?.[1];
  if (placed !== undefined) return placed;
  if (SHARED_NAME.test(name)) {
    const folders = lower.split('/').slice(0, -1);
    if (!folders.some((folder) => PROGRAM.test(folder) || SETTINGS.test(folder))) return 'infrastructure';
  }
  return kindByFolder(path);
}
