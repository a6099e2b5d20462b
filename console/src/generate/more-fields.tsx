import {
  Accordion,
  AccordionHeader,
  AccordionItem,
  AccordionPanel,
  Field,
  Input,
  Select,
  Switch,
} from '@fluentui/react-components';
import { protocolText } from '../grants/grant-text.ts';
import type { FieldsProps } from './fields.ts';

const KINDS = {
  auto: 'automatic',
  'user-delegation': 'user delegation key',
  service: 'account key',
} as const;

/** What few requests need, with what is set in the closed heads. */
export function MoreFields(props: FieldsProps) {
  const { form } = props;
  const set = [form.contentType, form.contentDisposition, form.policy, form.purpose].filter(
    (text) => text.trim() !== '',
  ).length;
  const limits = `${form.ip.trim() === '' ? 'any address' : form.ip} · ${protocolText(form.protocol)} · ${KINDS[form.kind]}`;
  return (
    <Accordion collapsible multiple>
      <AccordionItem value="limits">
        <AccordionHeader size="small">
          Address, protocol, signing <span className="muted gap">{limits}</span>
        </AccordionHeader>
        <AccordionPanel>
          <Limits {...props} />
        </AccordionPanel>
      </AccordionItem>
      <AccordionItem value="more">
        <AccordionHeader size="small">
          Headers, policy, purpose <span className="muted gap">{set === 0 ? 'none' : `${set} set`}</span>
        </AccordionHeader>
        <AccordionPanel>
          <More {...props} />
        </AccordionPanel>
      </AccordionItem>
    </Accordion>
  );
}

function Limits({ form, onChange }: FieldsProps) {
  return (
    <>
      <div className="parts">
        <Field label="Allowed address" hint="IPv4, first-last, or caller">
          <Input value={form.ip} placeholder="any" onChange={(_, { value }) => onChange({ ip: value })} />
        </Field>
        <Field label="Signed with">
          <Select
            value={form.kind}
            onChange={(_, { value }) =>
              onChange({ kind: value === 'user-delegation' || value === 'service' ? value : 'auto' })
            }
          >
            <option value="auto">Automatic: the strongest that works</option>
            <option value="user-delegation">User delegation key</option>
            <option value="service">Account key (service SAS)</option>
          </Select>
        </Field>
      </div>
      <Switch
        label="Also over HTTP"
        checked={form.protocol === 'https,http'}
        onChange={(_, { checked }) => onChange({ protocol: checked ? 'https,http' : 'https' })}
      />
      <Switch
        label="Revocable: bind it to a stored policy that can be deleted"
        checked={form.revocable}
        onChange={(_, { checked }) => onChange({ revocable: checked })}
      />
    </>
  );
}

function More({ form, onChange }: FieldsProps) {
  return (
    <div className="parts">
      <Field label="Content-Type of replies">
        <Input value={form.contentType} onChange={(_, { value }) => onChange({ contentType: value })} />
      </Field>
      <Field label="Content-Disposition of replies">
        <Input
          value={form.contentDisposition}
          onChange={(_, { value }) => onChange({ contentDisposition: value })}
        />
      </Field>
      {form.kind === 'user-delegation' ? null : (
        <Field label="Stored access policy">
          <Input value={form.policy} onChange={(_, { value }) => onChange({ policy: value })} />
        </Field>
      )}
      <Field label="Purpose" hint="Kept in the audit row. At most 256 characters.">
        <Input
          maxLength={256}
          value={form.purpose}
          onChange={(_, { value }) => onChange({ purpose: value })}
        />
      </Field>
    </div>
  );
}
