export const systemRoutes = {
  'GET /': () => ({ status: 200, body: { service: 'sample-service' } }),
  'GET /healthz': () => ({ status: 200, body: { ok: true } }),
};
