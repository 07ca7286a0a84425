import type { MigrationInterface, QueryRunner } from "typeorm";

/** How long a replication may be silent before it is overdue; filled by the next sync. */
export class WorstGap1764400000000 implements MigrationInterface {
  readonly name = "WorstGap1764400000000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE replication ADD worst_gap integer");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("ALTER TABLE replication DROP COLUMN worst_gap");
  }
}
