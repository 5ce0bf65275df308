/**
 * A tap's report as text.
 *
 * @module
 */

import type { LatencyFigures } from "../../measure/histogram.ts";
import type { Colors } from "../../report/colors.ts";
import { formatFigure } from "../../report/format_figure.ts";
import { type Column, renderTable } from "../../report/table.ts";
import { PHASES, STREAMS, type TapReport, type TapSession } from "./tap_report.ts";

const LEFT = "left" as const;
const RIGHT = "right" as const;

/** One line, for as long as it goes on. */
export function renderTapLine({ sessions, requests, latency, bytes, unread }: TapReport): string {
  const total = PHASES.flatMap((phase) => STREAMS.map((stream) => bytes[phase][stream]))
    .reduce((sum, count) => sum + count, 0);
  const parts = [
    `${sessions.length} ${sessions.length === 1 ? "session" : "sessions"}`,
    `${formatFigure(total / 2 ** 20)} MiB`,
    `${requests.answered} page requests answered, ${requests.open} open`,
  ];
  if (latency.all !== null) parts.push(`p50 ${formatFigure(latency.all.p50Us / 1000)} ms`);
  if (unread.length > 0) parts.push(`${unread.length} not read`);
  return parts.join(", ");
}

/** All of it. */
export function renderTap(report: TapReport, colors: Colors): string {
  if (report.sessions.length === 0) return "Nothing went through.";
  return [
    ...report.sessions.map(renderSession),
    "",
    renderRequests(report, colors),
    "",
    renderBytes(report, colors),
    ...report.unread.map(({ session, message }) =>
      colors.yellow(`Session ${session}: passed on without being read further. ${message}`)
    ),
  ].join("\n");
}

function renderSession(session: TapSession, number: number): string {
  const { kind, beganUs, endedUs, preemptAfterUs, lostToLatePreemptUs } = session;
  const took = endedUs === null ? "goes on" : `took ${ms(endedUs - beganUs)}`;
  const preempt = preemptAfterUs === null
    ? "no preempt channel"
    : `preempt channel ${ms(preemptAfterUs)} after main`;
  const lost = lostToLatePreemptUs ? `, page requests lost ${ms(lostToLatePreemptUs)} to it` : "";
  return `Session ${number}: ${kind ?? "no migration"}, ${took}, ${preempt}${lost}`;
}

function renderRequests({ requests, latency }: TapReport, colors: Colors): string {
  const { answered, open, passedBefore, repeated } = requests;
  const counts = `Page requests: ${answered} answered, ${open} open, ` +
    `${passedBefore} for a page on its way, ${repeated} repeated`;
  if (latency.all === null) return counts;
  const columns: Column[] = [
    { heading: "served by", align: LEFT },
    ...["requests", "mean ms", "p50 ms", "p90 ms", "p99 ms", "max ms"]
      .map((heading) => ({ heading, align: RIGHT })),
  ];
  const rows = (["preempt", "main", "all"] as const).flatMap((channel) => {
    const figures = latency[channel];
    return figures === null ? [] : [[channel, ...cellsOf(figures)]];
  });
  return `${counts}\n${renderTable(columns, rows, colors)}`;
}

function cellsOf({ count, meanUs, p50Us, p90Us, p99Us, maxUs }: LatencyFigures): string[] {
  return [`${count}`, ...[meanUs, p50Us, p90Us, p99Us, maxUs].map((us) => formatFigure(us / 1000))];
}

function renderBytes({ bytes }: TapReport, colors: Colors): string {
  const columns: Column[] = [
    { heading: "bytes in", align: LEFT },
    ...STREAMS.map((heading) => ({ heading, align: RIGHT })),
  ];
  const rows = PHASES.map((
    phase,
  ) => [phase, ...STREAMS.map((stream) => `${bytes[phase][stream]}`)]);
  return renderTable(columns, rows, colors);
}

function ms(us: number): string {
  return `${formatFigure(us / 1000)} ms`;
}
