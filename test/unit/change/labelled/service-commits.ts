import { adds, changes, edits, type LabelledCase } from './labelled-case.ts';

const pkg = (dependencies: Record<string, string>, name = 'shop') =>
  `${JSON.stringify({ name, private: true, dependencies }, null, 2)}\n`;

/** Commits over several files of a repository that is at hand, and what its other files say of the same service. */
export const SERVICE_COMMITS: readonly LabelledCase[] = [
  // One kit for a whole cloud
  changes(
    'cloud: from the whole kit to the part of it that was in use',
    false,
    { 'package.json': pkg({ 'aws-sdk': '^2' }), 'src/files.js': "const AWS = require('aws-sdk');\nnew AWS.S3({});\n" },
    {
      'package.json': pkg({ '@aws-sdk/client-s3': '^3', '@aws-sdk/lib-storage': '^3' }),
      'src/files.js': "const { S3Client } = require('@aws-sdk/client-s3');\nnew S3Client({});\n",
    },
  ),
  edits(
    'cloud: another service of the kit in use',
    true,
    'app/jobs.py',
    'import boto3\n',
    'import boto3\n\nqueue = boto3.client("sqs")\n',
    { 'requirements.txt': 'boto3==1.34\n', 'app/files.py': 'import boto3\n\ns3 = boto3.resource("s3")\n' },
  ),
  edits(
    'cloud: another client of the service in use',
    false,
    'app/jobs.py',
    'import boto3\n',
    'import boto3\n\nfiles = boto3.client(\n    "s3", region_name="eu-west-1")\n',
    { 'requirements.txt': 'boto3==1.34\n', 'app/files.py': 'import boto3\n\ns3 = boto3.resource("s3")\n' },
  ),
  edits(
    'cloud: Ruby, another service of the kit in use',
    true,
    'app/jobs/mail.rb',
    'X = 1\n',
    'X = Aws::SES::Client.new\n',
    { Gemfile: "gem 'aws-sdk'\n", 'app/files.rb': 'S3 = Aws::S3::Resource.new\n' },
  ),
  edits(
    'cloud: who asks for credentials asks no service',
    false,
    'pkg/store/s3.go',
    'package store\n',
    'package store\n\nconst sts = "https://sts.eu-west-1.amazonaws.com"\n',
  ),
  // Hosts
  edits(
    'host: without a scheme, as a field of a request',
    true,
    'lib/report.js',
    'module.exports = {};\n',
    "const https = require('https');\nhttps.request({ host: 'uxreport.example-metrics.com', method: 'POST' });\n",
  ),
  edits(
    'host: where an ingress answers',
    false,
    'chart/values.yaml',
    'replicas: 1\n',
    'replicas: 1\ningress:\n  host: "shop.acme-retail.com"\n',
  ),
  edits(
    'host: a stand-in in a text for people',
    false,
    'src/Payment.jsx',
    'export const x = 1;\n',
    'export const x = <Field hint="The webhook should be: https://yourdomain.com/hook" at="https://my-store.com" />;\n',
  ),
  edits(
    'host: of the project itself',
    false,
    'src/survey.js',
    'export const x = 1;\n',
    "export const survey = 'https://shopkeeper.io/survey';\n",
    { 'package.json': pkg({}, '@shopkeeper/shopkeeper') },
  ),
  changes(
    'host: asked by a library before, by the program now',
    false,
    { 'package.json': pkg({ leakedwords: '^1' }), 'lib/tools.js': "const check = require('leakedwords');\n" },
    { 'package.json': pkg({}), 'lib/tools.js': "const URL = 'https://api.leakedwords.com/range/';\n" },
  ),
  edits(
    'host: who may call the program',
    false,
    'backend/main.py',
    'allowed_origins = [\n    "http://localhost:3000",\n]\n',
    'allowed_origins = [\n    "http://localhost:3000",\n    "https://shop-staging.pages.dev",\n]\n',
  ),
  edits(
    'host: where people are sent back to',
    false,
    '.env.production',
    'PORT=80\n',
    'PORT=80\nFRONTEND_URL=https://shop.acme-retail.com\nCORS_ORIGIN=https://shop.acme-retail.com\n',
  ),
  // Dependencies
  changes(
    'dependency: goes on under another owner',
    false,
    { 'go.mod': 'module a.dev/b\n\nrequire (\n\tgithub.com/kurtz/blaze-b2 v0.5.4\n)\n' },
    { 'go.mod': 'module a.dev/b\n\nrequire (\n\tgithub.com/Backblaze/blaze-b2 v0.7.2\n)\n' },
  ),
  edits(
    'dependency: an extra in setup.cfg',
    true,
    'setup.cfg',
    '[metadata]\nname = lb\n\n[options.extras_require]\nredis =\n  redis>=3.4.0\n',
    '[metadata]\nname = lb\n\n[options.extras_require]\nredis =\n  redis>=3.4.0\netcd =\n  etcd3gw>=2.4.1 # Apache-2.0\n',
  ),
  edits(
    'dependency: an entry point in setup.cfg that is called after a service in use',
    false,
    'setup.cfg',
    '[entry_points]\njobs =\n  zk_driver = lb.jobs:ZookeeperDriver\n',
    '[entry_points]\njobs =\n  zk_driver = lb.jobs:ZookeeperDriver\n  redis_driver = lb.jobs:RedisDriver\n',
  ),
  edits(
    'dependency: sbt, how lines of a log are written',
    false,
    'build.sbt',
    'libraryDependencies ++= Seq(\n  jdbc\n)\n',
    'libraryDependencies ++= Seq(\n  jdbc,\n  "net.logstash.logback" % "logstash-logback-encoder" % "7.0.1"\n)\n',
  ),
  edits(
    'dependency: sbt, a provider',
    true,
    'build.sbt',
    'libraryDependencies ++= Seq(\n  jdbc\n)\n',
    'libraryDependencies ++= Seq(\n  jdbc,\n  "com.google.firebase" % "firebase-admin" % "9.0.0"\n)\n',
  ),
  adds('dependency: files that are copied to a host', true, {
    'lib/plugins/scp/index.js': "const { Client } = require('node-scp');\nmodule.exports = Client;\n",
  }),
];
