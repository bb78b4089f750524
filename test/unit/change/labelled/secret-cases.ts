import { chosen, hex, key } from './stand-in-keys.ts';

/** A file that a change adds, and whether it brings a secret. */
export type SecretCase = readonly [name: string, secret: boolean, path: string, text: string];

const moss = chosen('Trai', 'lhead', '-Moss', '41');
const lake = chosen('k9vT', 'q2!m', 'Lx7r');
const winter = chosen('Wint', 'erFalls', '88!');
const x = (count: number) => 'x'.repeat(count);

/** Written before the rules that they are about, and run on the rules as they were. */
export const SECRET_CASES: readonly SecretCase[] = [
  [
    'a password in YAML without quotes',
    true,
    'config/application.yml',
    `spring:\n  datasource:\n    username: billing\n    password: ${moss}`,
  ],
  [
    'a password in properties',
    true,
    'src/main/resources/application.properties',
    `spring.datasource.username=crm\nspring.datasource.password=${lake}`,
  ],
  ['a constant of WordPress', true, 'wp-config.php', `define( 'DB_PASSWORD', '${lake}' );`],
  [
    'a password in an address of JDBC',
    true,
    'src/main/java/acme/Db.java',
    `String url = "jdbc:sqlserver://sql.acme.net:1433;databaseName=crm;user=crm_app;password=${winter};encrypt=true";`,
  ],
  [
    'the login of curl',
    true,
    'scripts/publish.sh',
    `curl --fail -u deploy:${winter} --upload-file out.tgz https://nexus.acme.io/raw/out.tgz`,
  ],
  [
    'a bearer in a script',
    true,
    'scripts/purge.sh',
    `curl -X POST -H "Authorization: Bearer ${key(40, 'b')}" https://api.acme.io/purge`,
  ],
  [
    'pass: of a mailer',
    true,
    'src/mail.js',
    `const mail = createTransport({ host: 'smtp.acme.io', auth: { user: 'noreply', pass: '${lake}' } });`,
  ],
  ['a key of OpenAI', true, 'app/llm.py', `client = OpenAI("${`sk${'-'}proj-`}${key(48, 'c')}")`],
  [
    'an old key of OpenAI',
    true,
    'notebooks/try.py',
    `openai.api_key = os.getenv("KEY", "${`sk${'-'}`}${key(48, 'd')}")`,
  ],
  ['a token of Hugging Face', true, 'train.py', `login("${'hf'}_${key(34, 'e')}")`],
  ['SMTP_PASS of a server', true, '.env.production', `SMTP_USER=noreply\nSMTP_PASS=${lake}`],
  [
    'a broker with its password',
    true,
    'deploy/compose.yml',
    `      BROKER: amqp://orders:${moss}@mq.acme.io:5672/orders`,
  ],
  ['a Secret of Kubernetes', true, 'k8s/secret.yaml', `kind: Secret\nstringData:\n  DB_PASSWORD: ${winter}`],
  [
    'a connection string of .NET',
    true,
    'src/Api/appsettings.Production.json',
    `{ "Db": "Server=tcp:sql.acme.net,1433;Database=crm;User Id=app;Password=${lake};Encrypt=True" }`,
  ],
  [
    'a token of a workflow',
    true,
    '.github/workflows/release.yml',
    `        env:\n          NPM_TOKEN: ${hex(36, 'f')}`,
  ],
  [
    'PGPASSWORD before a command',
    true,
    'scripts/dump.sh',
    `PGPASSWORD=${winter} pg_dump -h db.acme.io -U app app > dump.sql`,
  ],
  ['sshpass', true, 'scripts/copy.sh', `sshpass -p '${winter}' scp out.tgz root@web1.acme.io:/srv/`],

  [
    'a variable in YAML',
    false,
    'config/application.yml',
    'spring:\n  datasource:\n    password: ${DB_PASSWORD}\n    token: ${API_TOKEN:none-set-1}',
  ],
  ['a key of x', false, 'docs/pay.md', `Set \`STRIPE_KEY=${'sk'}_${'live'}_${x(24)}\` first.`],
  ['an AWS id of X', false, 'docs/aws.md', `aws_access_key_id = ${'AK'}IA${'X'.repeat(16)}`],
  [
    'design tokens',
    false,
    'src/theme/tokens.ts',
    "export const card = { token: 'spacing-4xl-200', shadowToken: 'elevation.card2.rest', token2: 'blue-500-alpha40' };",
  ],
  [
    'a public key',
    false,
    'ops/keys.yml',
    `deploy_token_public_key: ssh-ed25519 ${key(68, 'g')}\npublicKey: ${key(60, 'h')}`,
  ],
  [
    'hashes',
    false,
    'db/seed.sql',
    `INSERT INTO users (name, password_hash) VALUES ('ann', '$2b$12$${key(53, 'i')}');\n-- token_sha256: ${hex(64)}`,
  ],
  [
    'stand-ins in an address',
    false,
    'docs/setup.md',
    'export DATABASE_URL=postgres://user:password@db.acme.io:5432/app\nexport REDIS_URL=redis://USERNAME:PASSWORD@cache.acme.io:6379',
  ],
  [
    'a bearer to be filled in',
    false,
    'docs/api.md',
    'curl -H "Authorization: Bearer <token>" https://api.acme.io\ncurl -H "Authorization: Bearer $ACME_TOKEN" https://api.acme.io\ncurl -H "Authorization: Bearer YOUR_API_TOKEN_GOES_HERE_1" https://api.acme.io',
  ],
  [
    'a login of variables',
    false,
    'scripts/publish.sh',
    'curl -u "$NEXUS_USER:$NEXUS_PASS" https://nexus.acme.io\ncurl -u username:password https://nexus.acme.io\ncurl -u "${A}:${B}" https://nexus.acme.io',
  ],
  [
    'constants of WordPress to be filled in',
    false,
    'wp-config-sample.php',
    "define( 'DB_PASSWORD', 'password_here' );\ndefine('AUTH_KEY', getenv('AUTH_KEY'));\ndefine( 'AUTH_SALT', 'put your unique phrase here' );",
  ],
  [
    'stars',
    false,
    'config/prod.yml',
    'password: changeme\ntoken: ****************\napi_key: <your key>\nsecret: xxxxxxxx-xxxx-xxxx',
  ],
  [
    'names of secrets in Kubernetes',
    false,
    'k8s/app.yaml',
    '  secretKeyRef:\n    name: db-credentials-v2\n    key: password\n  secretName: tls-acme-2024\n  existingSecret: pg-auth-prod-1',
  ],
  [
    'types',
    false,
    'app/models.py',
    'password: Optional[str] = None\ntoken: str = Field(min_length=8)\nsecret: SecretStr2 | None\npass: Literal[1]',
  ],
  [
    'a test fixture',
    false,
    'test/fixtures/config.yml',
    `password: ${moss}\nurl: jdbc:h2:mem:a;user=sa;password=${lake}`,
  ],
  [
    'a workflow that names its secret',
    false,
    '.github/workflows/ci.yml',
    '      token: ${{ secrets.GITHUB_TOKEN }}\n      id-token: write\n      password: ${{ github.token }}',
  ],
  [
    'settings about passwords',
    false,
    'conf/app.properties',
    'password.min-length=12\ntoken.expiry=3600s\napp.token=com.acme.auth.Token2Provider\nlogin.password=Passwort1 vergessen?\nsecret.name=projects/acme/secrets/db-2',
  ],
  [
    'code that handles a password',
    false,
    'src/auth.go',
    'token := parser.Next2()\npassword: req.Body.Pass2word,\nsecret = cfg.Get("db2")\nauth: { pass: config.smtp.pass1 }',
  ],
];

/** Written at the same time, and run once, after the rules were mended by what the first showed. */
export const SECRET_CASES_LATER: readonly SecretCase[] = [
  ['a password in the settings of Ansible', true, 'group_vars/all.yml', `mysql_root_password: ${winter}`],
  ['a password in YAML before a comment', true, 'config/database.yml', `production:\n  password: ${lake} # rotate`],
  ['a password with spaces around', true, 'conf/db.properties', `db.user = app\ndb.password = ${moss}`],
  ['an ini', true, 'setup.ini', `[smtp]\nuser = app\npassword = ${winter}`],
  ['a constant of PHP in double quotes', true, 'config.php', `define("SMTP_PASSWORD", "${moss}");`],
  [
    'MySQL over JDBC',
    true,
    'conf/app.properties',
    `db.url=jdbc:mysql://db.acme.io:3306/app?user=app&password=${lake}&useSSL=true`,
  ],
  [
    'MongoDB',
    true,
    'src/db.ts',
    `await connect('mongodb+srv://app:${winter.replace('!', '')}@cluster0.acme.mongodb.net/app');`,
  ],
  ['the long option of curl', true, 'ci/deploy.sh', `curl --user "ci:${moss}" -T out.tgz https://ftp.acme.io/`],
  ['a bearer in Python', true, 'tools/sync.py', `headers = {"Authorization": "Bearer ${key(36, 'k')}"}`],
  ['a key of a service account of OpenAI', true, 'config/ai.yml', `openai: ${'sk'}-svcacct-${key(60, 'l')}`],
  ['a password of an option', true, 'ci/login.sh', `docker login registry.acme.io -u ci --password ${hex(24, 'm')}`],
  ['.netrc', true, 'ops/netrc', `machine api.acme.io login ci password ${winter}`],

  [
    'a template of Helm',
    false,
    'charts/app/values.yaml',
    'auth:\n  password: ""\n  existingSecret: app-auth-2\n  token: "{{ .Values.token }}"\n  passwordKey: redis-password-1',
  ],
  [
    'a template of Jinja',
    false,
    'roles/db/templates/db.conf',
    'password = {{ db_password }}\ntoken: {{ vault_token1 | default("none") }}',
  ],
  ['a key of OpenAI of x', false, 'README.md', `OPENAI_API_KEY=${'sk'}-${x(48)}\nHF_TOKEN=${'hf'}_${x(34)}`],
  [
    'a key to be filled in',
    false,
    'docs/ai.md',
    `OPENAI_API_KEY=${'sk'}-your-openai-api-key-goes-here-1234\nexport TOKEN=${'sk'}-...`,
  ],
  [
    'classes that begin as a key',
    false,
    'src/a.css',
    `.${'sk'}-fading-circle-container-loading-12 { color: red }\n.${'sk'}-cube-grid .sk-cube1 { --token: 4px }`,
  ],
  [
    'a connection string with stand-ins',
    false,
    'docs/sql.md',
    'Server=sql.acme.net;User Id=app;Password=<password>;\njdbc:mysql://db.acme.io/app?user=app&password=${PASS}\nServer=.;Password=YourStrong!Passw0rd;',
  ],
  [
    'an address of the own machine',
    false,
    'compose.yml',
    `      URL: postgres://app:${moss}@db:5432/app\n      MQ: amqp://guest:guest@mq.acme.io`,
  ],
  [
    'an encrypted value',
    false,
    'hieradata/prod.yaml',
    `db_password: ENC[PKCS7,${key(60, 'n')}]\ntoken: ENC(${key(30, 'o')})\npassword: !vault |`,
  ],
  [
    'a reference',
    false,
    'app.yml',
    'password: op://prod/db/password1\ntoken: projects/1234/secrets/api-token/versions/3\nsecret: /run/secrets/db_2\napi_key: !Ref ApiKey2',
  ],
  [
    'labels',
    false,
    'i18n/de.yml',
    'password: Passwort\nforgot_password: Passwort vergessen? Hier klicken 24h\ntoken: Zugangs-Schlüssel2\napi_key: API-Schlüssel',
  ],
  [
    'a hash of a password',
    false,
    'ops/users.yml',
    `password: $6$${key(12, 'p')}$${key(80, 'q')}\nadmin_password: sha256:${hex(64, 'r')}`,
  ],
  [
    'arguments',
    false,
    'src/login.ts',
    'login({ password: form.password2, token: createToken2(user), pass: isPass1 })\nconst apiKey = await loadKey2();\nsetPassword(user1.newPassword);',
  ],
];
