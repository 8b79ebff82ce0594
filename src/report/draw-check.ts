/**
 * What is drawn of an invalid history: its page, and the cycles of its transactions, beside it. Most
 * histories are valid, and load nothing of this.
 */
import { UserError } from '../base/user-error.ts';
import { type FileReport, withFiles } from './check-report.ts';
import { writeCycles } from './cycle-files.ts';
import { writeCheckPage } from './html/read-report.ts';

/** The report with what was drawn; what could not be written is told in its notes, and costs no verdict. */
export async function withDrawings(report: FileReport): Promise<FileReport> {
  const notes: string[] = [];
  const told = (error: unknown): undefined => {
    if (!(error instanceof UserError)) throw error;
    notes.push(error.message);
  };
  const page = await writeCheckPage(report).catch(told);
  const drawings = await writeCycles(report).catch(told);
  return withFiles(report, { page, drawings }, notes);
}
