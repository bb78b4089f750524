/** More names that are nobody's but a service's own, by what the service is for. All in lower case, without breaks. */
const BRANDS_BY_TOPIC: Readonly<Record<string, string>> = {
  payments: `
2checkout adapay azampay barion bepaid blockonomics ccbill cinetpay coingate coinpayments comgate computop cryptomus dodopayments
dragonpay duitku ecpay efipay faspay fedapay freekassa geidea gerencianet gopay hyperpay hyperwallet inicis interswitch ipaymu
juspay kashier kkiapay korapay lianlian montonio moyasar newebpay nicepay novalnet nowpayments pagbank palmpay payletter
paymongo payping paysafe paysera payssion paytabs payumoney picpay pingxx plisio portone przelewy24 rapyd saferpay sbpayment
seerbit senangpay simplepay skrill sumup tappay thawani tipalti tripay truemoney unionpay unzer veritrans verifone wirecard
worldline yeepay zarinpal zibal lithic marqeta moderntreasury treasuryprime currencycloud`,
  banking: `
akoya belvo bridgeapi decentro enablebanking fincra finicity mintos perfios pluggy powens saltedge signzy yapily yodlee
openfigi eodhd intrinio iexcloud marketstack benzinga tastytrade tdameritrade upstox fyers angelone oanda longport alpacahq
nasdaqdatalink companieshouse`,
  messages: `
46elks 2factor aligo alphasms arkesel bulksms bulkgate chuanglan cequens coolsms d7networks dysmsapi eskiz esendex fast2sms
fonnte gatewayapi getui jiguang linkmobility messente mipush mnotify mobizon nurigo octopush primotexto
routemobile smsaero smsfactor smsfly smsmode smsru solapi speedsms spryng stringee taqnyat thaibulksms twsms unifonic
wablas yunpian zenziva trycourier novu sendlayer maileroo mailrelay unione sendsay postageapp
messagemedia apns2 xinge tpns centrifugo soketi centrifugal`,
  marketing: `
bloomreach clevertap cleverreach constantcontact dotdigital emarsys exacttarget leanplum localytics moengage
netcorecloud newsletter2go ortto rapidmail sarbacane satismeter swrve urbanairship webengage wootric yotpo judgeme bazaarvoice
trustpilot kameleoon abtasty absmartly hypertune dynamicyield gainsight totango churnzero freshpaint chargeover memberful
branchmetrics tenjin`,
  monitoring: `
apitoolkit apminsight baselime bugfender circonus checkmk cronhub dash0 deadmanssnitch elasticapm groundcover
highlightio hirefire hyperping icinga kairosdb librato moesif nagios ohdear oneuptime pganalyze scoutapm skywalking
solarwinds stackdriver stackify sysdig thousandeyes treblle victoriametrics whylabs `,
  discovery: 'eureka nacos seata etcd3 apolloconfig cloudfoundryclient',
  data: `
arcadedb chdb cubejs datomic dgraph dremio edgedb fluree gridgain immudb informix kdbai ksqldb
netezza nuodb pinotdb sphinxsearch splicemachine terminusdb tigerbeetle tigergraph voltdb xtdb
beanstalkd faktory ironmq `,
  workflows: 'temporalio zeebe camunda kestra quirrel mergent svix hookdeck triggerdev qstash inngest prefecthq',
  models: `
openpipe parasail revai symblai twelvelabs writerai zhipu
removebg photoroom ideogram midjourney resembleai murfai cerebrium humansignal labelstudio superannotate encord kubeflow
galileoai agentops lunary keywordsai linkup scrapegraph hyperbrowser steelbrowser e2b arcadeai`,
  identity: `
authzed openfga spicedb aserto permitio cerbos wso2 forgerock keyri corbado passageidentity beyondidentity turnkeyhq
withpersona metamap truora idwall ondato signifyd riskified ipqualityscore abuseipdb greynoise shodan censys urlscan
crowdsec wazuh qualys sentinelone carbonblack fortigate fortinet zscaler netskope crowdstrike lastpass
dashlane keepersecurity delinea thycotic envkey`,
  shipping: `
andreani aramex auspost balikobot biteship bluedart boxnow cdek chilexpress chronopost colissimo correios dellin dtdc easyship
econt ecomexpress estafeta fancourier frenet gogox inpost lalamove loggi melhorenvio mondialrelay myparcel nimbuspost ninjavan
packeta packlink parcelperform pickrr postnl purolator rajaongkir royalmail sendle servientrega skydropx starshipit trackingmore
viettelpost zasilkovna`,
  accounting: `
alegra axonaut billomat contaazul debitoor easybill erpnext facturama facturapi fattureincloud fiken focusnfe holded
invoicexpress lexware moloni nfeio odoorpc omie pennylane siigo taxamo tecnospeed tripletex twinfield anrok`,
  places: `
addressy dadata gaode ipgeo loqate mapmyindia postcodesio smartystreets stadiamaps thunderforest what3words openmeteo stormglass
weatherbit apixu aerisweather heremaps amap baidumap`,
  travel: 'beds24 cloudbeds fareharbor getyourguide guesty hostaway hotelbeds ratehawk travelport viator',
  media: `
acrcloud apivideo audd bitmovin brightcove dacast deezer dyte jwplayer kaltura listennotes livepeer musixmatch muxinc muxjs
podcastindex soundcloud theoplayer zegocloud bannerbear `,
  signing: 'autentique boldsign clicksign d4sign eversign signrequest universign yousign zapsign',
  chain: `
alchemyapi ankr bitgo blockchair blockcypher blockdaemon blockfrost bundlr chainalysis chainstack covalenthq cryptocompare
getblock glassnode messari neynar nftstorage reservoirprotocol tatumio thegraph tonweb nearapi `,
  offices: `
deskpro freshservice frappe getguru jotform kayako liveperson manychat n8n olark servicenow
tawk tidio trengo harvestapp toggl clockify testlodge forestadmin sanityio builderio cosmicjs plasmic
directus ghostadmin uniformdev flotiq`,
  clouds: `
conoha contabo ctyun equinix gcorelabs ionos jdcloud kamatera kingsoft ksyun leaseweb nifcloud northflank qovery sakuracloud
selectel timeweb upstash zeabur bunnycdn cdn77 medianova stackpath oraclecloud yandexcloud naverncloud ncloud`,
};

export const MORE_BRANDS: readonly string[] = Object.values(BRANDS_BY_TOPIC).flatMap((names) =>
  names.trim().split(/\s+/),
);
