import { MessageBar, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import type { LookupReply, Me } from '../api/replies.ts';
import { Card } from '../parts/card.tsx';
import { PlanCard } from '../plan/plan-card.tsx';
import type { Target } from '../plan/target.ts';

interface Props {
  readonly reply: LookupReply;
  readonly me: Me;
}

/** A token that the broker has no record of. */
export function Foreign({ reply, me }: Props) {
  const target = targetOfKey(reply);
  if (reply.verdict !== 'valid-not-issued-here' || target === null) return <Unknown reply={reply} />;
  return (
    <div className="split even">
      <Card title="Not issued here">
        <MessageBar intent="error" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>
              Signed with a key of {target.account}, but not by this broker. Somebody has that key.
            </MessageBarTitle>{' '}
            Nobody knows what else they signed. Regenerating the key ends all of it.
          </MessageBarBody>
        </MessageBar>
        <Notes reply={reply} />
      </Card>
      <PlanCard target={target} me={me} />
    </div>
  );
}

function Unknown({ reply }: Pick<Props, 'reply'>) {
  const isDelegated = reply.signedWith !== null && 'delegationKey' in reply.signedWith;
  return (
    <Card title="Not issued here, as far as the broker can tell">
      <p>
        {isDelegated
          ? 'A user delegation SAS without a record: who asked for its key can be seen in Entra’s logs only.'
          : reply.scannedAll
            ? 'The broker has no record of it, and no key that it tried signed it.'
            : 'The broker could not try every key. Check it again in a minute.'}
      </p>
      {reply.signedWith !== null && 'delegationKey' in reply.signedWith ? (
        <p className="muted">
          It names the object id <code>{reply.signedWith.delegationKey.objectId}</code>.
        </p>
      ) : null}
      <Notes reply={reply} />
    </Card>
  );
}

function Notes({ reply: { notes } }: Pick<Props, 'reply'>) {
  return notes.map((note) => (
    <p key={note} className="muted">
      {note}
    </p>
  ));
}

/** The key that signed the token, as the target of a plan. */
function targetOfKey({ levers }: LookupReply): Extract<Target, { key: unknown }> | null {
  const lever = levers.find((one) => one.lever === 'regenerate-key');
  return lever?.on.key === undefined ? null : { account: lever.on.account, key: lever.on.key };
}
