import type { ReplicationOverview } from "@proxbox/database";

const columns: readonly { title: string; cell: (row: ReplicationOverview) => string }[] = [
  { title: "Replication", cell: (row) => row.replicationId },
  { title: "Guest", cell: (row) => row.guestName ?? String(row.guest) },
  { title: "From", cell: (row) => row.node ?? "?" },
  { title: "To", cell: (row) => row.target },
  { title: "Schedule", cell: (row) => row.schedule },
  { title: "State", cell: (row) => row.state },
  { title: "Last sync", cell: (row) => row.lastSync?.slice(0, 19) ?? "never" },
];

/** Replications as an aligned table for a terminal. */
export function replicationTable(rows: readonly ReplicationOverview[]): string {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ cell }) => cell(row))),
  ];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  const [head = "", ...body] = cells.map((line) =>
    line
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [head, widths.map((width) => "-".repeat(width)).join("  "), ...body].join("\n");
}
