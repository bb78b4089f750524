import type { WaitingQuestion } from '../../runs/open-questions.ts';
import { showDuration } from '../../show-duration.ts';
import {
  choicesOf,
  chosenQuestions,
  INBOX_PAGE,
  type InboxChoice,
  inboxAddress,
  kindOf,
  orderQuestions,
} from './inbox-order.ts';
import type { Viewer } from './layout.tsx';
import { decideMayDecide, explainMayNot } from './may-decide.ts';
import type { Status } from './run-status.ts';
import { Badge, Text, Time } from './text.tsx';

interface QuestionsProps {
  readonly questions: readonly WaitingQuestion[];
  readonly choice: InboxChoice;
  readonly viewer: Viewer;
  readonly now: Date;
}

/** What waits for the viewer, a page at a time, and behind a fold what waits for others. */
export function InboxQuestions({ questions, choice, viewer, now }: QuestionsProps) {
  const chosen = orderQuestions(chosenQuestions(questions, choice), viewer.caller.person, now);
  const may = (question: WaitingQuestion) => decideMayDecide(viewer.caller, question, now).kind === 'may';
  const mine = chosen.filter(may);
  const others = chosen.filter((question) => !may(question));
  const listed = choice.whose === 'others' ? others : mine;
  const otherSide = inboxAddress({ ...choice, whose: choice.whose === 'others' ? 'mine' : 'others', from: 0 });
  return (
    <>
      <div class="section-head">
        <h1 id="inbox">{choice.whose === 'others' ? 'Waits for somebody else' : 'Waits for you'}</h1>
        {listed.length > 0 && <span class="count">{listed.length}</span>}
        {choice.whose === 'others' && <a href={otherSide}>What waits for you</a>}
      </div>
      <ChoiceForm questions={questions} choice={choice} />
      {listed.length === 0 ? (
        <p class="empty empty-calm">{nothingWaits(choice)}</p>
      ) : (
        <QuestionList {...{ questions: listed.slice(choice.from, choice.from + INBOX_PAGE), viewer, now }} />
      )}
      <Pages listed={listed.length} choice={choice} />
      {choice.whose === 'mine' && others.length > 0 && (
        <details class="fold" id="others">
          <summary>
            Waits for somebody else <span class="count">{others.length}</span>
          </summary>
          <QuestionList questions={others.slice(0, INBOX_PAGE)} viewer={viewer} now={now} />
          {others.length > INBOX_PAGE && (
            <p class="actions">
              <a class="button" href={otherSide}>
                All {others.length} that wait for somebody else
              </a>
            </p>
          )}
        </details>
      )}
    </>
  );
}

function nothingWaits({ whose, service, owner, kind }: InboxChoice): string {
  if (service !== '' || owner !== '' || kind !== '') return 'Nothing that you chose waits.';
  return whose === 'others' ? 'Nothing waits for somebody else.' : 'Nothing waits for your decision.';
}

/** Few questions are read faster than they are chosen from. */
const CHOOSE_FROM = 6;

function ChoiceForm({ questions, choice }: Pick<QuestionsProps, 'questions' | 'choice'>) {
  const chosen = choice.service !== '' || choice.owner !== '' || choice.kind !== '';
  if (questions.length < CHOOSE_FROM && !chosen) return null;
  const choices = choicesOf(questions);
  return (
    <form class="search choose" method="get" action="/" aria-label="Choose questions">
      {choice.whose === 'others' && <input type="hidden" name="whose" value="others" />}
      <Choice name="service" any="Any service" value={choice.service} options={choices.service} />
      <Choice name="owner" any="Any owner" value={choice.owner} options={choices.owner} />
      <Choice name="kind" any="Any kind" value={choice.kind} options={choices.kind} />
      <button class="button" type="submit">
        Show
      </button>
      {chosen && <a href={inboxAddress({ whose: choice.whose })}>Show all</a>}
    </form>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly any: string;
  readonly value: string;
  readonly options: readonly string[];
}

function Choice({ name, any, value, options }: ChoiceProps) {
  // What was chosen stays on the list, also when the last such question is answered.
  const listed = value === '' || options.includes(value) ? options : [...options, value];
  return (
    <label>
      <span class="sr">{any}</span>
      <select name={name}>
        <option value="">{any}</option>
        {listed.map((option) => (
          <option key={option} value={option} selected={option === value}>
            {option}
          </option>
        ))}
      </select>
    </label>
  );
}

function Pages({ listed, choice }: { listed: number; choice: InboxChoice }) {
  const { from } = choice;
  if (listed <= INBOX_PAGE && from === 0) return null;
  const to = Math.min(listed, from + INBOX_PAGE);
  return (
    <nav class="actions" aria-label="Pages of questions">
      {from > 0 && (
        <a class="button" rel="prev" href={inboxAddress({ ...choice, from: Math.max(0, from - INBOX_PAGE) })}>
          Before
        </a>
      )}
      {to < listed && (
        <a class="button" rel="next" href={inboxAddress({ ...choice, from: from + INBOX_PAGE })}>
          Next
        </a>
      )}
      <span class="hint">
        {from < listed ? `${from + 1} to ${to} of ${listed}` : `There are ${listed}`}: what ends within the hour and
        emergencies, then what you own, then the nearest deadline.
      </span>
    </nav>
  );
}

type ListProps = Pick<QuestionsProps, 'questions' | 'viewer' | 'now'>;

function QuestionList({ questions, viewer, now }: ListProps) {
  return (
    <ul class="questions">
      {questions.map((question) => (
        <QuestionCard key={`${question.run.id} ${question.stage}`} question={question} viewer={viewer} now={now} />
      ))}
    </ul>
  );
}

function QuestionCard({ question, viewer, now }: { question: WaitingQuestion; viewer: Viewer; now: Date }) {
  const { run, owners, approvals } = question;
  const may = decideMayDecide(viewer.caller, question, now);
  return (
    <li class="question">
      <a class="question-link" href={`/runs/${run.id}#decide`}>
        <span class="question-title">
          <Text>{run.title || 'Untitled change'}</Text>
        </span>
        <span class="meta">
          <span>
            <Text>{run.repo}</Text> #{run.pr_number}
          </span>
          {run.repo.split('/')[1] !== run.service && (
            <span>
              <Text>{run.service}</Text>
            </span>
          )}
          <span>
            by <Text>{run.author}</Text>
          </span>
          <span>
            asked <Time at={question.opened_at} now={now} />
          </span>
          <span>{kindOf(question)}</span>
          {run.emergency_reason !== null && <span class="tag tag-demo">emergency</span>}
          {question.tier === 'critical' && <span class="tag">critical</span>}
          {owners.includes(viewer.caller.person ?? '') && <span class="tag">you own it</span>}
          {question.approvals_needed > 1 && (
            <span>
              {approvals.length} of {question.approvals_needed} approvals
            </span>
          )}
          {question.reminded > 0 && <span>reminded</span>}
        </span>
      </a>
      <div class="question-side">
        <Badge status={deadlineStatus(question.deadline_at, now)} />
        {run.risk_score !== null && <span class="risk">Risk {run.risk_score.toFixed(1)}</span>}
      </div>
      <ul class="reasons">
        {question.reasons.map((reason) => (
          <li key={reason.code}>
            <Text>{reason.text}</Text>
          </li>
        ))}
      </ul>
      {may.kind === 'may_not' && <p class="hint">{explainMayNot(may.why, viewer.caller)}</p>}
    </li>
  );
}

/** Until when it can be decided; the last hour looks like what it is. */
function deadlineStatus(deadline: Date, now: Date): Status {
  const left = deadline.getTime() - now.getTime();
  if (left <= 0) return { tone: 'late', label: 'Its time is over' };
  return { tone: left < 3_600_000 ? 'late' : 'wait', label: `Decide within ${showDuration(left)}` };
}
