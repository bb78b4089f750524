import { itemRoutes } from './routes/items.js';
import { quoteRoutes } from './routes/quotes.js';
import { systemRoutes } from './routes/system.js';

const routes = Object.entries({ ...systemRoutes, ...itemRoutes, ...quoteRoutes }).map(([name, answer]) => {
  const [method, path] = name.split(' ');
  return { method, pattern: new RegExp(`^${path.replaceAll(/:\w+/g, '([^/]+)')}$`), answer };
});

/** Answers a request: a status and a body that becomes JSON. No sockets, so that tests need none. */
export function respond(method, url) {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const here = routes.flatMap((route) => {
    const match = route.pattern.exec(pathname);
    return match ? [{ ...route, params: match.slice(1) }] : [];
  });
  if (here.length === 0) return { status: 404, body: { error: `no route ${pathname}` } };
  const route = here.find((each) => each.method === method);
  if (!route) return { status: 405, body: { error: `no ${method} here` } };
  return route.answer({ params: route.params, query: searchParams });
}
