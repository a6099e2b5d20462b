import {
  Avatar,
  Button,
  Menu,
  MenuDivider,
  MenuGroup,
  MenuGroupHeader,
  MenuItem,
  MenuItemRadio,
  MenuList,
  MenuPopover,
  MenuTrigger,
} from '@fluentui/react-components';
import type { Me } from '../api/replies.ts';
import { signOut } from '../session/session.ts';
import type { Zone } from '../time/format.ts';

interface Props {
  readonly me: Me;
  readonly zone: Zone;
  readonly onZone: (zone: Zone) => void;
}

/** Who is signed in, the zone of all times, and the way out. */
export function PersonMenu({ me, zone, onZone }: Props) {
  const name = me.name ?? me.subject;
  return (
    <Menu
      checkedValues={{ zone: [zone] }}
      onCheckedValueChange={(_, data) => onZone(data.checkedItems.includes('local') ? 'local' : 'utc')}
    >
      <MenuTrigger disableButtonEnhancement>
        <Button
          appearance="transparent"
          className="on-bar who"
          aria-label={`Signed in as ${name}`}
          icon={<Avatar aria-hidden name={name} initials="" size={28} />}
        >
          <span className="who-name">{name}</span>
        </Button>
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <MenuGroup>
            <MenuGroupHeader>
              {name} · {me.roles.length === 0 ? 'no role' : me.roles.join(', ')}
            </MenuGroupHeader>
          </MenuGroup>
          <MenuDivider />
          <MenuItemRadio name="zone" value="utc">
            Times in UTC
          </MenuItemRadio>
          <MenuItemRadio name="zone" value="local">
            Times in local time
          </MenuItemRadio>
          <MenuDivider />
          <MenuItem onClick={signOut}>Sign out</MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  );
}
