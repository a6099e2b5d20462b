import { Link } from '@fluentui/react-components';
import type { DenialSummary } from '../api/replies.ts';
import { Time } from '../time/time.tsx';

interface Props {
  readonly byHour: DenialSummary['byHour'];
  readonly onHour: (hour: string) => void;
}

/** The numbers of plot 2. */
export function HourTable({ byHour, onHour }: Props) {
  return (
    <div className="scroll-y" tabIndex={0} role="region" aria-label="Refusals by hour">
      <table className="rows">
        <caption className="unseen">Refusals by hour</caption>
        <thead>
          <tr>
            <th scope="col">Hour</th>
            <th scope="col" className="num">
              Refusals
            </th>
          </tr>
        </thead>
        <tbody>
          {byHour.map(({ hour, count }) => (
            <tr key={hour}>
              <td>
                {count === 0 ? (
                  <Time at={hour} />
                ) : (
                  <Link as="button" onClick={() => onHour(hour)}>
                    <Time at={hour} />
                  </Link>
                )}
              </td>
              <td className="num">{count}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
