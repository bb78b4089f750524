import { adds, edits, type LabelledCase } from './labelled-case.ts';

const pkg = (dependencies: Record<string, string>) =>
  `${JSON.stringify({ name: 'shop', private: true, dependencies }, null, 2)}\n`;
const needs = (name: string, truth: boolean, dependency: string, base = 'express') =>
  edits(
    `package: ${name}`,
    truth,
    'package.json',
    pkg({ [base]: '^4.0.0' }),
    pkg({ [base]: '^4.0.0', [dependency]: '1.2.0' }),
  );
const csproj = (...names: string[]) =>
  `<Project>\n  <ItemGroup>\n${names.map((name) => `    <PackageReference Include="${name}" Version="8.0.0" />\n`).join('')}  </ItemGroup>\n</Project>\n`;
const gomod = (...lines: string[]) =>
  `module shop.internal/app\n\ngo 1.22\n\nrequire (\n${lines.map((line) => `\t${line}\n`).join('')})\n`;

/** Services that show by a package's kind of name, or by the name of a setting in a program's own way of writing them. */
export const SERVICE_SETTINGS: readonly LabelledCase[] = [
  // One package of a framework for each service it can be joined to
  needs('an adapter of a gateway for models', true, '@ai-sdk/perplexity'),
  needs('a part of that gateway', false, '@ai-sdk/provider-utils'),
  needs('a way to sign in', true, 'passport-spotify'),
  needs('a way to sign in without anybody outside', false, 'passport-local'),
  edits(
    'package: a gateway of payments, PHP',
    true,
    'composer.json',
    '{"require": {"league/omnipay": "^3"}}\n',
    '{"require": {"league/omnipay": "^3", "omnipay/worldline": "^3"}}\n',
  ),
  edits(
    'package: what such gateways share, PHP',
    false,
    'composer.json',
    '{"require": {"php": "^8.2"}}\n',
    '{"require": {"php": "^8.2", "omnipay/common": "^3"}}\n',
  ),
  edits(
    'package: a provider of a scheduler',
    true,
    'requirements.txt',
    'apache-airflow\n',
    'apache-airflow\napache-airflow-providers-papertrail-cloud\n',
  ),
  edits('package: a common part of it', false, 'requirements.txt', 'flask\n', 'flask\ndagster-pipes\n'),
  // A known name joined to other words
  needs('a name within a word', true, 'shopredis'),
  needs('two words that only look like a name', false, 'react-remove-scroll-bar'),
  needs('a stand-in for tests', false, 'miniredis-server'),
  edits(
    'package: .NET, behind a name without a break',
    true,
    'Shop.csproj',
    csproj('Serilog'),
    csproj('Serilog', 'Microsoft.Extensions.Caching.StackExchangeRedis'),
  ),
  edits(
    'package: .NET, a cloud by its older names',
    true,
    'Shop.csproj',
    csproj('Serilog'),
    csproj('Serilog', 'Microsoft.Azure.NotificationHubs'),
  ),
  edits(
    'package: .NET, how functions of a cloud run',
    false,
    'Shop.csproj',
    csproj('Serilog'),
    csproj('Serilog', 'Microsoft.Azure.Functions.Worker'),
  ),
  // Go: whose a module is says little
  edits(
    'package: Go, a library that a maker gives away',
    false,
    'go.mod',
    gomod('github.com/gorilla/mux v1.8.1'),
    gomod('github.com/gorilla/mux v1.8.1', 'github.com/mattermost/squirrel v0.4.0'),
  ),
  edits(
    'package: Go, the maker’s client',
    true,
    'go.mod',
    gomod('github.com/gorilla/mux v1.8.1'),
    gomod('github.com/gorilla/mux v1.8.1', 'github.com/rudderlabs/analytics-go v3.3.3'),
  ),
  edits(
    'package: Go, no longer only what another brings',
    true,
    'go.mod',
    gomod('github.com/gorilla/mux v1.8.1', 'github.com/redis/go-redis/v9 v9.5.1 // indirect'),
    gomod('github.com/gorilla/mux v1.8.1', 'github.com/redis/go-redis/v9 v9.5.1'),
  ),
  // Settings as programs write them
  edits(
    'setting: a field of a settings class',
    true,
    'app/config.py',
    'class Settings(BaseSettings):\n    DEBUG: bool = False\n',
    'class Settings(BaseSettings):\n    DEBUG: bool = False\n    RESEND_API_KEY: str = ""\n',
  ),
  edits(
    'setting: a schema of the environment',
    true,
    'src/env.ts',
    'export const env = z.object({\n  PORT: z.coerce.number(),\n});\n',
    'export const env = z.object({\n  PORT: z.coerce.number(),\n  MAILGUN_API_KEY: z.string().min(1),\n});\n',
  ),
  edits(
    'setting: a tag of a struct',
    true,
    'internal/config.go',
    'package internal\n\ntype Config struct {\n\tPort int `env:"PORT"`\n}\n',
    'package internal\n\ntype Config struct {\n\tPort int `env:"PORT"`\n\tHook string `env:"SLACK_WEBHOOK_URL"`\n}\n',
  ),
  edits(
    'setting: a block of its own, .NET',
    true,
    'src/appsettings.json',
    '{\n  "Logging": {\n    "Level": "Information"\n  }\n}\n',
    '{\n  "Logging": {\n    "Level": "Information"\n  },\n  "SendGrid": {\n    "ApiKey": "",\n    "From": "shop@shop.internal"\n  }\n}\n',
  ),
  edits(
    'setting: a block of its own, Laravel',
    true,
    'config/services.php',
    '<?php\n\nreturn [\n];\n',
    "<?php\n\nreturn [\n    'vonage' => [\n        'sms_from' => '15550100',\n        'key' => env('SMS_KEY'),\n    ],\n];\n",
  ),
  edits(
    'setting: a placeholder in lower case, Spring',
    true,
    'src/main/java/shop/Mail.java',
    'package shop;\n\nclass Mail {\n}\n',
    'package shop;\n\nclass Mail {\n  @Value("${sendgrid.api-key}")\n  private String key;\n}\n',
  ),
  edits(
    'setting: credentials of Rails',
    true,
    'app/services/pay.rb',
    'class Pay\nend\n',
    'class Pay\n  KEY = Rails.application.credentials.dig(:braintree, :private_key)\nend\n',
  ),
  edits(
    'setting: a key of the program’s own',
    false,
    'src/env.ts',
    'export const env = z.object({\n  PORT: z.coerce.number(),\n});\n',
    'export const env = z.object({\n  PORT: z.coerce.number(),\n  SESSION_SECRET: z.string(),\n  CACHE_KEY: z.string(),\n});\n',
  ),
  edits(
    'setting: links to places of people',
    false,
    'src/footer.ts',
    'export const footer = {};\n',
    "export const footer = { discordUrl: 'https://discord.gg/shop' };\n",
    { 'package.json': pkg({ 'discord.js': '^14.0.0' }) },
  ),
  adds(
    'setting: known at the base by another name',
    false,
    { 'src/env.ts': 'export const e = { REDIS_URL: 1 };\n' },
    {
      'package.json': pkg({ ioredis: '^5.0.0' }),
    },
  ),
  // A maker's package for one language, and other shapes of a client
  needs('for one framework', true, 'resend-nextjs'),
  needs('the address for a name', true, 'parcelpost.dev'),
  needs('an interface for a language', true, 'tidecharts-web-api-node'),
  needs('a file name for a name', false, 'scrollama.js'),
  edits(
    'setting: a program known to somebody outside',
    true,
    '.env.example',
    'PORT=3000\n',
    'PORT=3000\nSKETCHPAD_CLIENT_ID=\nSKETCHPAD_CLIENT_SECRET=\n',
  ),
  edits(
    'setting: a way to sign in that names nobody',
    false,
    '.env.example',
    'PORT=3000\n',
    'PORT=3000\nNEXTAUTH_URL=http://localhost:3000\nNEXTAUTH_SECRET=\nCRON_API_KEY=\n',
  ),
  edits(
    'setting: behind the program’s own name',
    true,
    '.env.example',
    'SHOP_PORT=3000\n',
    'SHOP_PORT=3000\nSHOP_REDIS_URL=redis://localhost\n',
  ),
  edits(
    'setting: behind a name that is a service’s too',
    true,
    '.env.example',
    'LANGFUSE_PORT=3000\nLANGFUSE_SECRET_KEY=\n',
    'LANGFUSE_PORT=3000\nLANGFUSE_SECRET_KEY=\nLANGFUSE_TEAM_SLACK_WEBHOOK=\n',
  ),
  edits(
    'setting: limits of the program behind its name',
    false,
    '.env.example',
    'SHOP_PORT=3000\n',
    'SHOP_PORT=3000\nSHOP_DAILY_LIMIT=5\nSHOP_LINE_LENGTH=80\n',
  ),
];
