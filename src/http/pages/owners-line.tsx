import type { ContextPackage } from '../../runs/context-package.ts';
import { Text } from './text.tsx';

/** Who owns what is changed, by CODEOWNERS. */
export function OwnersLine({ owners }: { owners: ContextPackage['owners'] }) {
  if (owners.length === 0) return null;
  return (
    <p class="meta">
      <span>
        Owners:{' '}
        {owners.map(({ owner, person, paths }, index) => (
          <span title={paths.join(', ')}>
            {index > 0 && ', '}
            <Text>{person ?? owner}</Text> <span class="muted">({paths.length})</span>
          </span>
        ))}
      </span>
    </p>
  );
}
