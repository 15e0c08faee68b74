import type { z } from 'zod';
import type { NotificationEvent, notificationsConfig } from '../startup/config/administration.ts';

export type NotificationSettings = z.infer<typeof notificationsConfig>;
export type Thresholds = NotificationSettings['thresholds'];
export type MatterKind = NotificationEvent;
