import { Button, Field, Input, Select } from '@fluentui/react-components';
import { useState } from 'react';
import type { TokenFilters } from './token-filters.ts';

type Option = readonly [value: string, label: string];

const STATES: readonly Option[] = [
  ['', 'live'],
  ['unproved', 'ended, not proved'],
  ['revoked', 'revoked'],
  ['expired', 'expired'],
  ['any', 'any'],
];
const SIGNERS: readonly Option[] = [
  ['', 'anything'],
  ['key1', 'key1'],
  ['key2', 'key2'],
];
const KINDS: readonly Option[] = [
  ['', 'any'],
  ['user-delegation', 'user delegation SAS'],
  ['service', 'service SAS'],
  ['account', 'account SAS'],
];
const ORDERS: readonly Option[] = [
  ['', 'expires first'],
  ['desc', 'expires last'],
];

interface Props {
  readonly filters: TokenFilters;
  /** True if the list has tokens of other callers. */
  readonly isAuditor: boolean;
  readonly onFilter: (filters: TokenFilters) => void;
}

/** The filters of the list. Each runs on the server. */
export function FilterBar({ filters, isAuditor, onFilter }: Props) {
  const set = (name: keyof TokenFilters, value: string) => {
    const rest = Object.fromEntries(Object.entries(filters).filter(([key]) => key !== name));
    onFilter(value === '' ? rest : { ...rest, [name]: value });
  };
  const pick = (name: keyof TokenFilters, label: string, options: readonly Option[]) => (
    <Field label={label} size="small">
      <Select size="small" value={filters[name] ?? ''} onChange={(_, data) => set(name, data.value)}>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </Select>
    </Field>
  );
  return (
    <div className="filters" role="search" aria-label="Filters">
      {pick('state', 'State', STATES)}
      <TextFilter label="Account" value={filters.account ?? ''} onValue={(value) => set('account', value)} />
      {pick('key', 'Signed with', SIGNERS)}
      {pick('kind', 'Kind', KINDS)}
      <TextFilter label="Grant" value={filters.grant ?? ''} onValue={(value) => set('grant', value)} />
      {isAuditor ? <CallerFilter filters={filters} onFilter={onFilter} /> : null}
      {pick('order', 'Order', ORDERS)}
    </div>
  );
}

function CallerFilter({ filters, onFilter }: Pick<Props, 'filters' | 'onFilter'>) {
  const { issuer, subject, ...rest } = filters;
  const value = issuer === undefined || subject === undefined ? '' : `${issuer}/${subject}`;
  return (
    <TextFilter
      label="Caller"
      placeholder="issuer/subject"
      value={value}
      onValue={(text) => {
        const at = text.indexOf('/');
        const isCaller = at > 0 && at < text.length - 1;
        onFilter(isCaller ? { ...rest, issuer: text.slice(0, at), subject: text.slice(at + 1) } : rest);
      }}
    />
  );
}

interface TextProps {
  readonly label: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly onValue: (value: string) => void;
}

/** A filter that is typed. It applies with Enter, or when the field is left. */
function TextFilter({ label, value, placeholder = 'any', onValue }: TextProps) {
  const [typed, setTyped] = useState(value);
  const [shown, setShown] = useState(value);
  if (shown !== value) {
    // The address was changed from elsewhere.
    setShown(value);
    setTyped(value);
  }
  const apply = () => (typed.trim() === value ? undefined : onValue(typed.trim()));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
    >
      <Field label={label} size="small">
        <Input
          size="small"
          value={typed}
          placeholder={placeholder}
          spellCheck={false}
          autoComplete="off"
          onChange={(_, data) => setTyped(data.value)}
          onBlur={apply}
        />
      </Field>
    </form>
  );
}

/** Takes every filter away. */
export function ClearFilters({ onFilter }: Pick<Props, 'onFilter'>) {
  return (
    <Button size="small" onClick={() => onFilter({})}>
      Clear filters
    </Button>
  );
}
