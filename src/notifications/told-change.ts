/** A change as somebody outside is told of it. */
export interface ToldChange {
  readonly repo: string;
  readonly pr_number: number;
  readonly author: string;
  readonly title: string;
  readonly head_sha: string;
}
