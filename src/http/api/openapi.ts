import { createDocument, type ZodOpenApiPathsObject } from 'zod-openapi';
import type { ApiRoute } from './api-route.ts';

/** openapi.json, made of the schemas that the routes parse with. Routes without a scope in their description are public. */
export function makeOpenApi(routes: readonly ApiRoute[], version: string): ReturnType<typeof createDocument> {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    const isPublic = !route.doc.description?.includes('Scope:');
    paths[path] = { ...paths[path], [route.method]: isPublic ? { ...route.doc, security: [] } : route.doc };
  }
  return createDocument({
    openapi: '3.1.1',
    info: {
      title: 'Slipway',
      version,
      description: 'Takes a pull request from opened to production, with every decision on an append-only record.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token from `slipway token create`.' },
      },
    },
  });
}
