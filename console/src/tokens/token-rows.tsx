import { Badge, useRestoreFocusTarget } from '@fluentui/react-components';
import type { AuditRecord } from '../api/replies.ts';
import { ChevronIcon } from '../parts/icons.tsx';
import { Path } from '../parts/facts.tsx';
import { useNarrow } from '../theme/use-media.ts';
import { Time } from '../time/time.tsx';
import { useNow } from '../time/use-now.ts';
import { Names } from './record-card.tsx';
import { recordBadge, resourceText, signedWithText } from './record-words.ts';

interface Props {
  readonly records: readonly AuditRecord[];
  /** False for a person's own tokens, which all have the same caller. */
  readonly withCallers: boolean;
  readonly onOpen: (record: AuditRecord) => void;
}

/** The tokens as a table, or as cards where it is narrow. */
export function TokenRows(props: Props) {
  return useNarrow() ? <TokenCards {...props} /> : <TokenTable {...props} />;
}

function TokenTable({ records, withCallers, onOpen }: Props) {
  const opener = useRestoreFocusTarget();
  return (
    <table className="rows">
      <caption className="unseen">Tokens</caption>
      <thead>
        <tr>
          {withCallers ? <th scope="col">Caller</th> : null}
          <th scope="col">On</th>
          <th scope="col">Allows</th>
          <th scope="col">Signed with</th>
          <th scope="col">Issued</th>
          <th scope="col">State</th>
          <th scope="col">
            <span className="unseen">Details</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {records.map((record) => (
          <tr key={record.id} onClick={() => onOpen(record)}>
            {withCallers ? <td>{record.caller.name ?? record.caller.subject}</td> : null}
            <td className="wide">
              <Path text={resourceText(record.resource)} />
            </td>
            <td>{record.permissionNames.join(' ')}</td>
            <td>{signedWithText(record)}</td>
            <td>
              <Time at={record.issuedAt} />
            </td>
            <td>
              <State record={record} />
            </td>
            <td>
              <button
                {...opener}
                type="button"
                className="row-button"
                aria-label={`Details of ${nameOf(record)}`}
              >
                <ChevronIcon />
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function TokenCards({ records, withCallers, onOpen }: Props) {
  const opener = useRestoreFocusTarget();
  return (
    <ul className="row-cards" aria-label="Tokens">
      {records.map((record) => (
        <li key={record.id}>
          <button {...opener} type="button" onClick={() => onOpen(record)}>
            <span className="row-head">
              {withCallers ? (
                <b>{record.caller.name ?? record.caller.subject}</b>
              ) : (
                <Path text={resourceText(record.resource)} />
              )}
              <State record={record} />
            </span>
            {withCallers ? <Path text={resourceText(record.resource)} /> : null}
            <span className="row-names">
              <Names names={record.permissionNames} /> <small>{signedWithText(record)}</small>
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function State({ record }: { readonly record: AuditRecord }) {
  const { text, color } = recordBadge(record, useNow().getTime());
  return (
    <Badge appearance="tint" color={color} className="state">
      {text}
    </Badge>
  );
}

const nameOf = ({ caller, resource }: AuditRecord): string =>
  `${caller.name ?? caller.subject}, ${resourceText(resource)}`;
