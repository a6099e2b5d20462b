import { Field, Input, Select, Tab, TabList } from '@fluentui/react-components';
import type { FieldsProps } from './fields.ts';
import { isService, SERVICES } from './form.ts';

interface Props extends FieldsProps {
  /** Accounts that the person's grants name. */
  readonly accounts: readonly string[];
}

/** What the token is for: a URL, or its parts. */
export function ResourceFields({ form, onChange, accounts }: Props) {
  return (
    <fieldset>
      <legend>Resource</legend>
      <TabList
        size="small"
        selectedValue={form.how}
        onTabSelect={(_, { value }) => onChange({ how: value === 'parts' ? 'parts' : 'url' })}
      >
        <Tab value="url">By URL</Tab>
        <Tab value="parts">By parts</Tab>
      </TabList>
      {form.how === 'url' ? (
        <Field
          label="URL"
          hint="Without a query. A trailing / means a directory; a name alone, a whole container."
        >
          <Input
            className="mono"
            value={form.url}
            spellCheck={false}
            autoComplete="off"
            placeholder="https://….blob.core.windows.net/container/name"
            onChange={(_, { value }) => onChange({ url: value })}
          />
        </Field>
      ) : (
        <Parts form={form} onChange={onChange} accounts={accounts} />
      )}
    </fieldset>
  );
}

function Parts({ form, onChange, accounts }: Props) {
  const place = SERVICES.find(([service]) => service === form.service)?.[2] ?? 'Container';
  const hasPath = form.service === 'blob' || form.service === 'file';
  return (
    <div className="parts">
      <Field label="Account">
        <Input
          value={form.account}
          list="accounts-of-grants"
          spellCheck={false}
          onChange={(_, { value }) => onChange({ account: value })}
        />
      </Field>
      <datalist id="accounts-of-grants">
        {accounts.map((account) => (
          <option key={account} value={account} />
        ))}
      </datalist>
      <Field label="Service">
        <Select
          value={form.service}
          onChange={(_, { value }) => onChange(isService(value) ? { service: value, letters: '' } : {})}
        >
          {SERVICES.map(([service, name]) => (
            <option key={service} value={service}>
              {name}
            </option>
          ))}
        </Select>
      </Field>
      <Field label={place}>
        <Input
          value={form.container}
          spellCheck={false}
          onChange={(_, { value }) => onChange({ container: value })}
        />
      </Field>
      {hasPath ? (
        <Field
          label={form.service === 'blob' ? 'Blob' : 'File'}
          hint={
            form.service === 'blob'
              ? 'Empty: the whole container. A trailing / means a directory.'
              : 'Empty: the whole share.'
          }
        >
          <Input
            className="mono"
            value={form.path}
            spellCheck={false}
            onChange={(_, { value }) => onChange({ path: value })}
          />
        </Field>
      ) : null}
    </div>
  );
}
