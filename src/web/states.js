/* Every state the page can show: its words, its colour in the light and in the dark, and what it means. A colour is
 * never alone: its word stands beside it. Blues move, green is good, orange failed, yellow fell silent, purple was
 * called back; they differ in lightness too, so that no kind of colour vision confuses them. */

/* heading:         words                light      dark       meaning */
const table = {
    action: {
        healthy:    ['healthy',          '#0c8a6c', '#34b892', 'reported good after its restart'],
        soaking:    ['soaking',          '#6fc0ae', '#2a7f6c', 'reported good; watched until its soak is over'],
        rebooting:  ['restarting',       '#1c3f7c', '#b9d8fb', 'restarts, tests itself'],
        installing: ['installing',       '#2a61b0', '#8dbff3', 'is being flashed'],
        'backing-up': ['backing up',     '#4484d2', '#64a4e4', 'saves its settings first'],
        downloaded: ['downloaded',       '#6aa5e4', '#4a86c5', 'holds it; waits for its window or for an idle moment'],
        downloading: ['downloading',     '#99c2ee', '#3e6b9c', 'fetches it'],
        offered:    ['offered',          '#c3d9f2', '#365072', 'has been told of it'],
        confirming: ['waits for a yes',  '#b6bdc9', '#5f6b7d', 'somebody must confirm'],
        canceling:  ['being called back', '#cf9fc6', '#7d5076', 'is being told to drop it'],
        recalled:   ['called back',      '#8f5a8a', '#b98ab3', 'dropped it'],
        silent:     ['silent',           '#e0a100', '#e6b53f', 'nothing heard past its deadline'],
        failed:     ['failed',           '#c8440a', '#ee7a41', 'reported a failure'],
    },
    status: {
        in_sync:    ['in sync',          '#0c8a6c', '#34b892', 'runs what it was last given'],
        pending:    ['pending',          '#6aa5e4', '#4a86c5', 'has an update under way'],
        error:      ['error',            '#c8440a', '#ee7a41', 'its last update failed, or it fell silent'],
        registered: ['registered',       '#b6bdc9', '#6f7b8d', 'has checked in; was never updated from here'],
        unknown:    ['never seen',       '#dadfe6', '#414c5b', 'has not checked in yet'],
    },
    device: {
        active:     ['active',           '#0c8a6c', '#34b892', 'may be updated'],
        waiting:    ['waits for approval', '#e0a100', '#e6b53f', 'somebody must let it in'],
        quarantined: ['quarantined',     '#c8440a', '#ee7a41', 'two machines claim to be it'],
        retired:    ['retired',          '#b6bdc9', '#6f7b8d', 'its token stopped working'],
    },
    rollout: {
        running:    ['running',          '#2a61b0', '#8dbff3', 'open stages are being offered'],
        halted:     ['halted',           '#c8440a', '#ee7a41', 'stopped itself: too many failures'],
        paused:     ['paused',           '#e0a100', '#e6b53f', 'stopped by a person; what was offered stands'],
        draft:      ['draft',            '#b6bdc9', '#6f7b8d', 'no device sees it yet'],
        planning:   ['planning',         '#6aa5e4', '#4a86c5', 'started; who is in which stage is being worked out'],
        finished:   ['finished',         '#0c8a6c', '#34b892', 'every stage is done'],
        aborted:    ['aborted',          '#8f5a8a', '#b98ab3', 'stopped for good; what was offered was called back'],
    },
    stage: {
        open:       ['open',             '#2a61b0', '#8dbff3', 'being offered now'],
        done:       ['done',             '#0c8a6c', '#34b892', 'its gate was passed'],
        waiting:    ['waiting',          '#b6bdc9', '#6f7b8d', 'opens when the stage before it is healthy'],
    },
    release: {
        published:  ['published',        '#0c8a6c', '#34b892', 'devices can trust it'],
        staged:     ['staged',           '#e0a100', '#e6b53f', 'checked; collects signatures'],
        withdrawn:  ['withdrawn',        '#8f5a8a', '#b98ab3', 'offered to nobody any more'],
    },
    restore: {
        'needs-plan': ['needs a plan',   '#b6bdc9', '#6f7b8d', 'the identity is the customer\u2019s; it is planned there'],
        planned:    ['planned',          '#6aa5e4', '#4a86c5', 'nothing is sent before somebody starts it'],
        started:    ['offered',          '#4484d2', '#64a4e4', 'the device may take it, once'],
        redeemed:   ['taken',            '#1c3f7c', '#b9d8fb', 'the device has it and applies it'],
        done:       ['done',             '#0c8a6c', '#34b892', 'every category was applied'],
        failed:     ['failed',           '#c8440a', '#ee7a41', 'not every category was applied'],
        expired:    ['expired',          '#e0a100', '#e6b53f', 'nobody took it in time'],
        cancelled:  ['called off',       '#8f5a8a', '#b98ab3', 'somebody called it off'],
    },
    /* What becomes of an item on its way across. */
    outcome: {
        exact:      ['as it is',         '#0c8a6c', '#34b892', ''],
        converted:  ['converted',        '#4484d2', '#64a4e4', ''],
        truncated:  ['truncated',        '#e0a100', '#e6b53f', ''],
        'needs-secret': ['needs a secret', '#8f5a8a', '#b98ab3', 'somebody must type it in afterwards'],
        'cannot-move': ['cannot move',   '#c8440a', '#ee7a41', ''],
    },
    result: {
        applied:    ['applied',          '#0c8a6c', '#34b892', ''],
        reverted:   ['reverted',         '#e0a100', '#e6b53f', 'it could not check in with it, and took it back'],
        failed:     ['failed',           '#c8440a', '#ee7a41', ''],
        skipped:    ['skipped',          '#b6bdc9', '#6f7b8d', ''],
    },
    trigger: {
        schedule:   ['on schedule',      '#6aa5e4', '#4a86c5', ''],
        technician: ['asked for',        '#6aa5e4', '#4a86c5', ''],
        panel:      ['at the panel',     '#6aa5e4', '#4a86c5', ''],
        'before-update':  ['before an update',  '#6aa5e4', '#4a86c5', ''],
        'after-update':   ['after an update',   '#6aa5e4', '#4a86c5', ''],
        'before-restore': ['before a restore',  '#6aa5e4', '#4a86c5', ''],
        'after-restore':  ['after a restore',   '#6aa5e4', '#4a86c5', ''],
    },
    /* What an entry of a history is, in the words of the device protocol. */
    entry: {
        FINISHED:   ['finished',         '#0c8a6c', '#34b892', ''],
        ERROR:      ['error',            '#c8440a', '#ee7a41', ''],
        WARNING:    ['warning',          '#e0a100', '#e6b53f', ''],
        RUNNING:    ['running',          '#4484d2', '#64a4e4', ''],
        DOWNLOADED: ['downloaded',       '#6aa5e4', '#4a86c5', ''],
        DOWNLOAD:   ['download',         '#99c2ee', '#3e6b9c', ''],
        RETRIEVED:  ['offer read',       '#c3d9f2', '#365072', ''],
        WAIT_FOR_CONFIRMATION: ['waits for a yes', '#b6bdc9', '#5f6b7d', ''],
        CANCELING:  ['being called back', '#cf9fc6', '#7d5076', ''],
        CANCELED:   ['called back',      '#8f5a8a', '#b98ab3', ''],
        CANCEL_REJECTED: ['would not stop', '#e0a100', '#e6b53f', ''],
    },
    seen: {
        hour:       ['within an hour',   '#1f3f86', '#a9c4ff', ''],
        day:        ['within a day',     '#5f83c9', '#6d8fd6', ''],
        week:       ['within a week',    '#a5bbe3', '#455f96', ''],
        older:      ['longer ago',       '#e0a100', '#e6b53f', 'is it switched off, or cut off?'],
        never:      ['never',            '#dadfe6', '#414c5b', ''],
    },
};

/* Codes our agent reports with: src/model/action.h. */
const codes = {
    9010: 'waits for its window',
    9020: 'waits for an idle moment',
    9030: 'backing up',
    9040: 'installing',
    9050: 'restarting',
    9060: 'testing itself',
    9070: 'restoring settings',
};

export const namesOf = (kind) => Object.keys(table[kind]);
export const words = (kind, name) => table[kind]?.[name]?.[0] ?? String(name);
export const meaning = (kind, name) => table[kind]?.[name]?.[3] ?? '';
export const colour = (kind, name) => `var(--${kind}-${name in table[kind] ? name : 'none'}, var(--muted))`;
export const codeWords = (code) => codes[code] ?? `code ${code}`;

/* States of an action that count against a stage, and that end it. */
export const isFailure = (name) => name === 'failed' || name === 'silent';
export const isBack = (name) => name === 'canceling' || name === 'recalled' || isFailure(name);

/* The colours become custom properties of the document, and follow the system's scheme. */
export function paint() {
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    const set = () => {
        for (const [kind, rows] of Object.entries(table))
            for (const [name, row] of Object.entries(rows))
                document.documentElement.style.setProperty(`--${kind}-${name}`, row[dark.matches ? 2 : 1]);
    };
    dark.addEventListener('change', set);
    set();
}
