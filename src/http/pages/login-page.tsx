import { Layout, type PageFrame } from './layout.tsx';
import type { SignInForm } from './login-routes.tsx';

interface LoginProps extends PageFrame, SignInForm {
  readonly csrf: string;
}

/** Turns a token into a session. */
export function LoginPage(props: LoginProps) {
  return (
    <Layout title="Sign in" viewer={null} profile={props.profile} version={props.version}>
      <section class="card login">
        <h1>Sign in</h1>
        <p class="muted">Paste an access token. It opens a session of twelve hours in this browser and is not kept.</p>
        {props.problem && (
          <p class="notice notice-bad" role="alert">
            {props.problem}
          </p>
        )}
        <form method="post" action="/login" class="stack">
          <input type="hidden" name="csrf" value={props.csrf} />
          <input type="hidden" name="next" value={props.next} />
          {props.draft !== '' && <input type="hidden" name="draft" value={props.draft} />}
          <label class="field">
            <span>Access token</span>
            <input
              type="password"
              name="token"
              required
              autoFocus
              autoComplete="current-password"
              spellcheck={false}
              placeholder="slw_…"
            />
          </label>
          <button class="button button-primary" type="submit">
            Sign in
          </button>
        </form>
        <p class="hint">
          No token yet? Whoever runs this installation makes one with <code>slipway token create</code>
        </p>
      </section>
    </Layout>
  );
}
