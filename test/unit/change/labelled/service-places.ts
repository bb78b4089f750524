import { changes, edits, type LabelledCase } from './labelled-case.ts';

const GO_NOTIFIER =
  'package slack\n\nfunc Send(url string) error {\n\t_, err := http.Post(url, "", nil)\n\treturn err\n}\n';
const TF_CACHE =
  'resource "aws_elasticache_replication_group" "jobs" {\n  replication_group_id = "jobs"\n  node_type = "cache.t4g.small"\n}\n';

/** Makers that only the place of a file, or a word in a resource, tells apart. */
export const SERVICE_PLACES: readonly LabelledCase[] = [
  changes(
    'place: one more provider, whose address users give',
    true,
    {},
    { 'alerts/provider/pagetide/pagetide.go': GO_NOTIFIER.replace('slack', 'pagetide') },
    { 'go.mod': 'module acme/watch\n', 'alerts/provider/slack/slack.go': GO_NOTIFIER },
  ),
  changes(
    'place: Ruby, an address from settings',
    true,
    {},
    {
      'app/models/provider/fin_link.rb':
        'class Provider::FinLink\n  def accounts\n    Net::HTTP.get(URI.parse(config["ACCESS_URL"]))\n  end\nend\n',
    },
    { Gemfile: "gem 'rails'\n", 'app/models/provider.rb': 'class Provider\nend\n' },
  ),
  changes(
    'place: what providers share is no maker',
    false,
    {},
    {
      'alerts/provider/custom/custom.go': GO_NOTIFIER.replace('slack', 'custom'),
      'alerts/provider/base.go': GO_NOTIFIER.replace('slack', 'provider'),
    },
    { 'go.mod': 'module acme/watch\n', 'alerts/provider/slack/slack.go': GO_NOTIFIER },
  ),
  changes(
    'place: a client in use moves there',
    false,
    { 'internal/notify/pagetide.go': GO_NOTIFIER.replace('slack', 'notify') },
    { 'alerts/provider/pagetide/pagetide.go': GO_NOTIFIER.replace('slack', 'pagetide') },
    { 'go.mod': 'module acme/watch\n', 'alerts/provider/slack/slack.go': GO_NOTIFIER },
  ),
  changes(
    'place: it asks nobody',
    false,
    {},
    { 'app/providers/event_provider.py': 'class EventProvider:\n    events = []\n' },
    { 'app/providers/view_provider.py': 'class ViewProvider:\n    views = []\n' },
  ),
  changes(
    'host: with www, where a program asks',
    true,
    {},
    {
      'app/Http/Facts/FactsConnector.php':
        "<?php\n\nclass FactsConnector extends Connector\n{\n    public function resolveBaseUrl(): string\n    {\n        return 'https://www.acmefacts.org/wiki/';\n    }\n}\n",
    },
  ),
  edits(
    'host: with www, where people go',
    false,
    'app/footer.php',
    "<?php\n$text = '';\n",
    "<?php\n$text = 'https://www.acmefacts.org/about';\n",
  ),
  changes(
    'Terraform: another engine of the service in use',
    true,
    {},
    { 'infra/sessions.tf': 'resource "aws_elasticache_cluster" "sessions" {\n  engine = "memcached"\n}\n' },
    { 'infra/jobs.tf': TF_CACHE },
  ),
  changes(
    'Terraform: one more of the engine in use',
    false,
    {},
    { 'infra/sessions.tf': 'resource "aws_elasticache_cluster" "sessions" {\n  engine = "redis"\n}\n' },
    { 'infra/jobs.tf': TF_CACHE },
  ),
  edits(
    'C#: a part of the part in use',
    false,
    'Shop.csproj',
    '<Project><ItemGroup>\n<PackageReference Include="Azure.Storage.Blobs" Version="12.1.0" />\n</ItemGroup></Project>\n',
    '<Project><ItemGroup>\n<PackageReference Include="Azure.Storage.Blobs" Version="12.1.0" />\n<PackageReference Include="Azure.Storage.Blobs.Batch" Version="12.1.0" />\n<PackageReference Include="Serilog.Sinks.SignalR.Core" Version="1.0.0" />\n</ItemGroup></Project>\n',
  ),
  edits(
    'C#: a property of the settings',
    true,
    'AppSettings.cs',
    'public class AppSettings\n{\n}\n',
    'public class AppSettings\n{\n    public string MailgunAccessKey { get; set; }\n}\n',
    { 'Shop.csproj': '<Project></Project>\n' },
  ),
  edits(
    'Go: one module of several, called after whom it is for',
    true,
    'go.mod',
    'module acme/shop\n\nrequire (\n\tgithub.com/acme/kit v1.0.0\n)\n',
    'module acme/shop\n\nrequire (\n\tgithub.com/acme/kit v1.0.0\n\tgithub.com/acme/kit-transport/transport/rocketmq v1.0.0\n)\n',
  ),
  edits(
    'Python: a messenger by a socket',
    true,
    'shop/settings.py',
    'import os\n',
    'import os\n\nSIGNAL_CLI_SOCKET = os.getenv("SIGNAL_CLI_SOCKET")\n',
    { 'requirements.txt': 'Django==5.0\n' },
  ),
];
