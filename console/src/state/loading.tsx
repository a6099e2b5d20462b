import { Skeleton, SkeletonItem } from '@fluentui/react-components';

/** Lines that stand in for a card's content. CSS keeps them invisible for the first 300 ms. */
export function Loading({
  lines = 4,
  label = 'Loading',
}: {
  readonly lines?: number;
  readonly label?: string;
}) {
  return (
    <Skeleton className="loading" aria-label={label}>
      {Array.from({ length: lines }, (_, line) => (
        <SkeletonItem key={line} size={16} className={`loading-${line % 3}`} />
      ))}
    </Skeleton>
  );
}
