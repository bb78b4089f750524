/**
 * The connection string of the application role on the same server and database as the administrator's.
 * An address without a host (a unix socket named by `?host=`) cannot carry a user before the `@`; pg reads it from the query.
 */
export function appDatabaseUrl(adminUrl: string, role: string, password: string): string {
  const url = new URL(adminUrl);
  url.username = '';
  url.password = '';
  url.searchParams.delete('user');
  url.searchParams.delete('password');
  if (url.host === '') {
    url.searchParams.set('user', role);
    url.searchParams.set('password', password);
  } else {
    url.username = encodeURIComponent(role);
    url.password = encodeURIComponent(password);
  }
  return url.href;
}
