export const systemRoutes = {
  'GET /': () => ({ status: 200, body: { service: 'sample-service' } }),
  'GET /healthz': () => ({ status: 200, body: { ok: true } }),
  'GET /version': () => ({ status: 200, body: { version: process.env.SLIPWAY_VERSION ?? 'development' } }),
};
