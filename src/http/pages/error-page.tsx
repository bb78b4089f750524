import type { Problem } from '../api/schemas.ts';
import { Layout, type PageFrame } from './layout.tsx';
import { Text } from './text.tsx';

interface ErrorProps extends PageFrame {
  readonly problem: Problem;
  /** Where to go on from here. */
  readonly back: { readonly href: string; readonly label: string };
}

/** The same problem details that the API gives, for people. */
export function ErrorPage(props: ErrorProps) {
  const { problem } = props;
  const errors = problem.errors ?? [];
  // Of bad input the detail is the same list in one text.
  const saysMore = errors.length === 0 || !errors.every((error) => problem.detail.includes(error.problem));
  return (
    <Layout title={problem.title} viewer={props.viewer} profile={props.profile} version={props.version}>
      <section class="card narrow">
        <p class="eyebrow">{problem.status}</p>
        <h1>{problem.title}</h1>
        {saysMore && (
          <p>
            <Text>{problem.detail}</Text>
          </p>
        )}
        {errors.length > 0 && (
          <ul class="plain">
            {errors.map((error) => (
              <li>
                <strong>
                  <Text>{error.field}</Text>
                </strong>{' '}
                <Text>{error.problem}</Text>
                {error.fix && (
                  <>
                    {': '}
                    <Text>{error.fix}</Text>
                  </>
                )}
              </li>
            ))}
          </ul>
        )}
        <p class="actions">
          <a class="button" href={props.back.href}>
            {props.back.label}
          </a>
        </p>
        {problem.request_id && (
          <p class="hint">
            Request <code>{problem.request_id}</code>
          </p>
        )}
      </section>
    </Layout>
  );
}
