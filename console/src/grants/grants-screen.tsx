import { Badge, Button } from '@fluentui/react-components';
import { useOwnGrants } from '../api/queries.ts';
import type { Me, OwnGrant } from '../api/replies.ts';
import { Card } from '../parts/card.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Facts, Path } from '../parts/facts.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { placeHref } from '../route/places.ts';
import type { ScreenProps } from '../screen-props.ts';
import { Failure } from '../state/failure.tsx';
import { Loading } from '../state/loading.tsx';
import { durationText } from '../time/format.ts';
import { allowsText, ipText, kindText, prefill, protocolText } from './grant-text.ts';

/** What the person may have. */
export function GrantsScreen({ me }: ScreenProps) {
  const grants = useOwnGrants();
  return (
    <>
      <PageHead title="My grants" about="Which tokens the broker gives you, and for how long at most." />
      {grants.isError ? (
        <Failure
          error={grants.error}
          what="Your grants could not be read."
          onRetry={() => void grants.refetch()}
        />
      ) : null}
      {grants.isPending ? (
        <section className="card">
          <Loading lines={5} label="Loading your grants" />
        </section>
      ) : null}
      {grants.data?.items.length === 0 ? <NoGrants me={me} /> : null}
      <div className="grants">
        {grants.data?.items.map((grant) => (
          <GrantCard key={grant.id} grant={grant} />
        ))}
      </div>
    </>
  );
}

/** Says whom to ask, and what they need to know. */
export function NoGrants({ me }: { readonly me: Me }) {
  const who = `issuer ${me.issuer}, subject ${me.subject}, roles ${me.roles.join(', ') || 'none'}`;
  return (
    <Card title="No grant names you">
      <p>Whoever deploys the broker adds one to broker.json. They need this:</p>
      <Facts
        rows={[
          ['Issuer', <code key="issuer">{me.issuer}</code>],
          ['Subject', <code key="subject">{me.subject}</code>],
          ['Roles here', me.roles.length === 0 ? 'none' : me.roles.join(', ')],
        ]}
      />
      <div className="actions">
        <CopyButton text={who} label="Copy for them" wide />
      </div>
    </Card>
  );
}

function GrantCard({ grant }: { readonly grant: OwnGrant }) {
  const target = prefill(grant);
  return (
    <Card
      title={<span className="mono-title">{grant.id}</span>}
      about={grant.description ?? undefined}
      tools={
        grant.resources.length === 0 ? (
          <small>only from the API</small>
        ) : (
          <Button
            as="a"
            size="small"
            href={placeHref('generate', { grant: grant.id, ...target })}
            aria-label={`Get a token by ${grant.id}`}
          >
            Get a token
          </Button>
        )
      }
    >
      <Facts
        rows={[
          ['On', grant.resources.length === 0 ? null : <Resources paths={grant.resources} />],
          ['Account SAS', grant.accountSas.length === 0 ? null : <AccountScopes grant={grant} />],
          ['Allows', allowsText(grant.permissions)],
          [
            'For',
            `${durationText(grant.defaultTtl)} unless you say otherwise, at most ${durationText(grant.maxTtl)}`,
          ],
          [
            'Kinds',
            grant.kinds.map((kind) => (
              <Badge
                key={kind}
                appearance="tint"
                color={kind === 'user-delegation' ? 'success' : 'informative'}
              >
                {kindText(kind)}
              </Badge>
            )),
          ],
          ['From', `${ipText(grant.ip)}, ${protocolText(grant.protocol)}`],
        ]}
      />
      {grant.unusable.length === 0 ? null : <Unusable resources={grant.unusable} />}
    </Card>
  );
}

function Unusable({ resources }: { readonly resources: OwnGrant['unusable'] }) {
  return (
    <details className="code">
      <summary>
        {resources.length} of its resources {resources.length === 1 ? 'gives' : 'give'} you nothing
      </summary>
      <ul className="missing">
        {resources.map(({ pattern, why }) => (
          <li key={pattern}>
            <code>{pattern}</code>: {why}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Resources({ paths }: { readonly paths: readonly string[] }) {
  return (
    <ul>
      {paths.map((path) => (
        <li key={path}>
          <Path text={path} />
        </li>
      ))}
    </ul>
  );
}

function AccountScopes({ grant }: { readonly grant: OwnGrant }) {
  return (
    <ul>
      {grant.accountSas.map(({ account, services, resourceTypes }) => (
        <li key={account}>
          {account}: {services.join(', ')} · {resourceTypes.join(', ')}
        </li>
      ))}
    </ul>
  );
}
