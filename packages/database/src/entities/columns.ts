import { Column, type ColumnOptions, PrimaryGeneratedColumn } from "typeorm";

/** Integer identity: NetBox ids are integers that never come back. */
export const Id = () => PrimaryGeneratedColumn("identity", { name: "id", generatedIdentity: "BY DEFAULT" });

/** Text ordered by code point, so that the order is the same on every server. */
export const Text = (name: string, options: ColumnOptions = {}) =>
  Column({ type: "text", name, collation: "C", ...options });

/** An instant with microseconds; read as text, because a JavaScript Date keeps only milliseconds. */
export const Instant = (name: string, options: ColumnOptions = {}) =>
  Column({ type: "timestamp with time zone", name, ...options });

/** `clock_timestamp()`, not `now()`: rows written by one statement get distinct, rising values. */
export const WrittenAt = (name: string) => Instant(name, { default: () => "clock_timestamp()" });

export const Json = (name: string, options: ColumnOptions = {}) =>
  Column({ type: "jsonb", name, ...options });

/** Values of the operator's custom fields. A sync never writes this column (rule R6). */
export const CustomFieldData = () => Json("custom_field_data", { default: {} });
