import { MORE_BRANDS } from './brands-by-topic.ts';

/**
 * Names so much a service's own that a package, variable, host or image which carries one belongs to it. Ordinary words
 * are none: `linear`, `segment`, `square`.
 */
export const BRAND_NAMES: ReadonlySet<string> = new Set([
  ...MORE_BRANDS,
  ...`
oracledb signalcli groq togetherai vertexai fireworksai geminiai
duckdb ydb pgvector rhea applicationinsights azureml telesign tencentcloud larksuiteoapi alibabacloud aliyun ibmcloud openstack
postgres postgresql pgsql mysql mariadb mongo sqlite mssql celery sidekiq resque amqp memcache etcd zookeeper sqs s3 kinesis cloudwatch
xray dynamo gcs smtp imap ldap sftp statsd graphite jaeger zipkin otlp beanie braze googlemaps nordigen
redis valkey kafka redpanda rabbitmq mongodb elasticsearch opensearch cassandra scylladb clickhouse neo4j
influxdb snowflake databricks memcached mqtt mosquitto couchdb couchbase arangodb surrealdb cockroachdb
yugabytedb questdb timescaledb milvus weaviate qdrant pinecone chromadb lancedb meilisearch typesense algolia
solr manticoresearch minio seaweedfs keycloak hazelcast aerospike foundationdb tidb singlestore firebolt
cosmosdb dynamodb documentdb bigquery bigtable firestore eventhubs servicebus planetscale neondb supabase
firebase appwrite pocketbase hasura nhost stripe paypal braintree adyen razorpay mollie gocardless chargebee
recurly klarna afterpay mercadopago paystack flutterwave worldpay lemonsqueezy dwolla plaid truelayer coinbase
binance twilio sendgrid mailgun postmark mailchimp mandrill mailjet sparkpost sendinblue brevo mailersend
mailerlite mailtrap klaviyo campaignmonitor convertkit activecampaign customerio vonage nexmo messagebird plivo
telnyx onesignal pushwoosh pushover pusher pubnub slack discord telegram mattermost rocketchat whatsapp viber
webex zulip sendbird openai anthropic mistralai elevenlabs deepgram assemblyai huggingface deepseek openrouter
cohere sagemaker ollama deepinfra cerebras sambanova voyageai stabilityai runpod langsmith langfuse helicone
traceloop braintrust firecrawl tavily serpapi browserbase novita siliconflow dashscope watsonx sentry datadog
newrelic bugsnag rollbar honeybadger airbrake logrocket honeycomb lightstep dynatrace appdynamics appsignal
signalfx splunk sumologic logdna papertrail loggly logentries graylog logtail betterstack pagerduty opsgenie
victorops instana logstash mixpanel posthog amplitude fullstory hotjar rudderstack snowplow matomo launchdarkly
optimizely growthbook flagsmith statsig configcat auth0 okta onelogin workos descope fusionauth zitadel stytch
clerkjs kinde frontegg zendesk hubspot salesforce intercom freshdesk freshworks pipedrive zoho shopify
woocommerce bigcommerce commercetools contentful storyblok prismic datocms cloudinary imgix imagekit mapbox
tomtom geoapify openweathermap backblaze wasabi dropbox docusign xero quickbooks netsuite bamboohr calendly
typeform surveymonkey airtable notionhq clickup todoist asana jira confluence gitlab bitbucket circleci netlify
cloudflare digitalocean linode hetzner scaleway vultr fastly akamai bunnycdn heroku maxmind ipinfo hcaptcha
recaptcha onfido sumsub docraptor easypost shippo taxjar avalara infura moralis fireblocks livekit vimeo wistia
zapier composio apify infisical doppler onepassword
lokalise crowdin reportportal polymarket smartling microcms arcgis opentok dailymotion coveo sitecore hcloud labelbox clarifai
uipath datarobot kanboard zabbix netapp browserstack lambdatest applitools streamsets meraki veracode blackduck gitguardian
snyk cloudsmith domaintools rocketreach kiteconnect ovh falkordb intuit pynamodb cinderclient neutronclient glanceclient
heatclient barbicanclient octaviaclient ironicclient designateclient mygeotab virustotal 2captcha nextcloud perforce jira
webflow crisp retellai vapi 11labs signalwire sinch dydx kaleyra agora vkbottle telesignenterprise nodemailer logflare arize opik clickzetta tcvectordb obvector mochow intersystems algorithmia gcpkms awskms tablestore hologres matrixone
baiducloud ucloud qcloud iflytek sparkai analyticdb mailchannels hadoop rsmq gelf microsoftgraph bingads npgsql sqlserver nats pg dogstatsd pyroscope rudder rudderlabs segmentio splitio
rocketmq nsq gearman memgraph janusgraph nebulagraph typedb ravendb rethinkdb faunadb xata tursodatabase gomomento
dragonflydb keydb kvrocks tarantool greenplum vertica teradata exasol saphana firebirdsql ibmmq pymqi tibco hivemq emqx
vernemq eventstore eventstoredb kurrentdb axoniq risingwave cratedb starrocks oceanbase polardb tdengine iotdb opentsdb
hbase orientdb blazegraph stardog marklogic zincsearch quickwit infinispan tikv motherduck
zilliz turbopuffer vectara cockroach rqlite electricsql powersync triplit libsql nutanix proxmox
authorizenet payfast wepay bitpay opennode btcpay btcpayserver paytm phonepe cashfree midtrans xendit iyzico iyzipay payu
payoneer checkoutcom cybersource bluesnap fastspring chargify zuora paytrail izettle payplug paymob moneris pagseguro
pagarme asaas iugu conekta openpay culqi wompi transbank khalti esewa sslcommerz bkash yookassa robokassa cloudpayments
liqpay wayforpay fondy iamport tosspayments kakaopay naverpay alipay wechatpay wxpay payos vnpay zalopay omise payjp komoju
airwallex transferwise revolut ebanx dlocal payrexx datatrans monnify remita ccavenue instamojo billplz ipay88 toyyibpay
paynow mpesa daraja intasend pesapal fawry myfatoorah tamara creem revenuecat adapty qonversion maxio ordway
sendpulse smtp2go socketlabs elasticemail moosend mailpace forwardemail ahasend useplunk listmonk mautic getresponse aweber
omnisend marketo pardot eloqua infobip clickatell kavenegar msg91 textlocal gupshup africastalking smsapi unisender zenvia
textmagic clicksend termii hubtel netgsm turbosms ringcentral dialpad aircall zadarma exotel callrail ultramsg waha
wppconnect baileys gotify ntfy pushbullet magicbell knocklabs engagespot jpush umeng zeptomail emailoctopus
signoz openreplay smartlook mouseflow appcues userflow userpilot pendo umami plausible simpleanalytics goatcounter pirsch
openpanel kissmetrics woopra appsflyer kochava mparticle tealium hightouch jitsu airbyte fivetran metabase tableau powerbi
looker healthchecksio cronitor statuscake pingdom uptimerobot checkly betteruptime statuspage instatus firehydrant
squadcast xmatters zenduty wavefront coralogix humio logzio mezmo sematext atatus errbit glitchtip exceptionless raygun
trackjs crashlytics instabug tideways tinybird uptrace logfire hyperdx axiomhq devcycle growingio bugsee sensorsdata
authress casdoor logto supertokens propelauth hanko web3auth authsignal yubico yubikey duosecurity duouniversal cognito msal
azuread azureadb2c jumpcloud pingidentity veriff jumio trulioo socure idenfy shuftipro yoti complycube signicat bankid
turnstile friendlycaptcha geetest fingerprintjs akismet cleantalk hibp haveibeenpwned pwned
storj filebase pinata web3storage arweave keycdn gumlet uploadcare filestack transloadit tinify tinypng cloudconvert
convertapi pdfshift docspring pspdfkit hellosign dropboxsign pandadoc signnow docuseal onedrive sharepoint gdrive
googledrive azblob azurestorage alioss qiniu upyun huaweicloud tencentcos volcengine webhdfs juicefs bunnynet
contentstack agilitycms buttercms kontent hygraph graphcms magento prestashop squarespace ecwid saleor vtex snipcart
printful printify shipstation shipengine shiprocket shipbob sendcloud aftership fedex usps delhivery novaposhta
ai21 alephalpha perplexity zhipuai bigmodel moonshotai qianfan baichuan doubao hunyuan friendliai baseten leptonai octoai
anyscale predibase lmstudio localai portkey langwatch humanloop promptlayer wandb clearml valohai paperspace
vastai lambdalabs coreweave runwayml lumaai heygen synthesia tavus humeai playht cartesia speechmatics gladia soniox
picovoice dialogflow voiceflow whereby videosdk 100mslive cometchat talkjs liveblocks mem0 mem0ai zep
jinaai mixedbread llamaparse llamacloud reducto mindee nanonets rossum mathpix scraperapi scrapingbee scrapfly brightdata
oxylabs zenrows crawlbase bravesearch duckduckgo ddgs wolframalpha searxng newsapi finnhub alphavantage twelvedata tiingo
coingecko coinmarketcap bitfinex bitstamp kucoin bybit okx bitget huobi deribit ccxt etherscan quicknode opensea
walletconnect thirdweb helius tronweb xrpl algosdk cosmjs
baserow nocodb seatable smartsheet wrike basecamp youtrack redmine gitea forgejo gogs azuredevops sonarqube sonarcloud
jfrog artifactory dockerhub argocd buildkite cyberark akeyless bitwarden rancher portainer ovhcloud upcloud
exoscale cloudfoundry flyio koyeb dynamics365 crmsdk sugarcrm suitecrm insightly infusionsoft attio clearbit hunterio
zoominfo fullcontact peopledatalabs helpscout gorgias kustomer zammad chatwoot freshbooks exactonline fortnox lexoffice
sevdesk bexio moneybird freeagent zohobooks expensify personio hibob workable moodle canvaslms eventbrite cronofy nylas
googlecalendar gcal office365 msgraph msteams bigbluebutton strava fitbit garmin garminconnect withings oura lastfm
musicbrainz discogs tmdb themoviedb omdb trakt tvdb plexapi jellyfin tautulli qbittorrent ytdl pytube tiktok instagram
pinterest tumblr mastodon bluesky atproto weibo wechat weixin wechaty dingtalk feishu wecom steamworks playfab nakama igdb
openweather weatherapi weatherstack accuweather meteostat tomorrowio visualcrossing maptiler opencage positionstack
locationiq nominatim openrouteservice ipstack ipapi ipgeolocation ip2location numverify exchangerate openexchangerates
currencylayer amadeus duffel skyscanner foursquare crossref openalex govuknotify notifynl opencollective buymeacoffee
patreon gumroad ngrok pipedream unsplash pexels giphy tenor deepl bitly rebrandly branchio mqttnet fcm apns
`
    .trim()
    .split(/\s+/),
]);
