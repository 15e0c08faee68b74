import { ROLES, type Role } from '../api/operation.ts';

/** The highest role that one of the groups gives; undefined: such a person does not get in. */
export const roleOfGroups = (
  groups: readonly string[],
  groupsOfRole: Readonly<Record<Role, readonly string[]>>,
): Role | undefined =>
  ROLES.toReversed().find((role) => groupsOfRole[role].some((group) => groups.includes(group)));
