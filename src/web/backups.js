/* A device's backups, who it was before, and in whose custody the keys are. The page opens none of them. */

import { el, link } from './dom.js';
import { bytes, card, command, facts, number, plural, table } from './parts.js';
import { words } from './states.js';
import { ago, now, when } from './time.js';
import { button, refusal } from './write.js';

/* ---- the list ---- */

/* Up to 18 categories: their names fold away. */
function contents(backup) {
    const all = Object.entries(backup.categories);
    const items = all.reduce((sum, [, count]) => sum + count, 0);
    return el('details.contents', el('summary', `${plural(items, 'item')} in ${plural(all.length, 'category', 'categories')}`),
        el('ul', all.map(([name, count]) => el('li', el('b', number(count)), ` ${name}`))));
}

function keeping(backup) {
    if (backup.gone)
        return [el('span.tag', 'gone'), el('span.muted', ' ', when(backup.gone), backup.gone_why && ` ${backup.gone_why}`)];
    const isLocked = backup.locked_until && Date.parse(backup.locked_until) > now();
    return [
        backup.hold && [el('span.tag.urgent', { title: `by ${backup.hold.by}` }, 'held'), backup.hold.reason, ' '],
        isLocked && el('span.tag', 'locked until ', when(backup.locked_until)),
        !backup.hold && !isLocked && el('span.muted', 'by the rules'),
    ];
}

function why(backup) {
    return [words('trigger', backup.trigger), backup.restore && el('p', link(`#/restores/${backup.restore}`, `restore ${backup.restore}`))];
}

/* The list goes back over swapped boards: whose a backup is stands there where it is not this device's. */
const columnsOf = (device) => [
    ['Backup', (b) => [el('b', `${b.id}`), b.device !== device.id && el('span.muted', ' as ', link(`#/devices/${encodeURIComponent(b.device)}`, b.device))]],
    ['Taken', (b) => when(b.taken), 'lead'],
    ['Why', why, 'short'],
    ['What is in it', contents, 'short'],
    ['Size', (b) => bytes(b.size), 'figure-cell'],
    ['Kept', keeping, 'kept'],
];

/* ---- asking for one ---- */

function asking(device, custody) {
    if (device.state !== 'active')
        return null;
    if (!custody.custody)
        return el('p.hint', 'Nobody has said yet who may open backups. ', command('nightshift backup move service'));
    if (!device.recipient)
        return el('p.hint', 'This device has no key of its own: its agent does not make backups.');
    const path = `devices/${encodeURIComponent(device.id)}/backups`;
    return [
        el('div.buttons', device.backup?.wanted
            ? el('span.muted', 'Asked ', ago(device.backup.wanted), '; it comes with its next check-in.')
            : button('Ask for a backup now', path)),
        refusal(path),
    ];
}

function drift({ drift: d }) {
    if (!d)
        return null;
    return el(d.state === 'same' ? 'p.muted' : 'p', `After action ${d.action}: ${d.text}`,
        d.restore && [' ', link(`#/restores/${d.restore}`, `restore ${d.restore}`)]);
}

export function backupsCard(device, backups, custody) {
    const last = device.backup?.last;
    return el('section.card', { 'data-key': 'backups' },
        el('h2', 'Backups ', last && el('span.muted', 'the last ', ago(last))),
        drift(device),
        backups.items.length ? table('Backups', columnsOf(device), backups.items) : el('p.muted', 'None was ever received.'),
        backups.next && el('p.hint', 'There are older ones: ', command(`nightshift backup list --device ${device.id}`)),
        asking(device, custody));
}

/* ---- who it was ---- */

export function formerCard(device) {
    if (!device.former?.length)
        return null;
    return card('Who it was before', el('ul.lines', device.former.map((f) => el('li.line',
        el('p', link(`#/devices/${encodeURIComponent(f.device)}`, f.device)),
        facts([['order', f.work_order], ['joined', [when(f.at), ' by ', f.by]]])))));
}

export function twinBanner(device) {
    if (!device.same_serial?.length)
        return null;
    return el('div.banner.warn', { role: 'status' },
        el('p', el('b', 'Another machine claims this serial'), ': ',
            device.same_serial.map((id, i) => [i > 0 && ', ', link(`#/devices/${encodeURIComponent(id)}`, id)]),
            '. If this is that machine with another board, join them, and its backups are this one\u2019s, too:'),
        command(`nightshift device join ${device.id} --former ${device.same_serial[0]} --work-order TEXT`));
}

/* ---- custody ---- */

/* heading:   words, what it means */
const holders = {
    service:  ['service custody', 'the service can open backups, to plan restores and to compare'],
    customer: ['customer custody', 'the service holds ciphertext only; who has the identity plans with the command'],
};

function moving({ next, left }) {
    return next && el('span.tag.urgent', `moving to ${holders[next.custody]?.[0] ?? next.custody}, ${plural(left, 'header')} to move`);
}

export function custodyCard(custody) {
    const row = holders[custody.custody];
    if (!row)
        return card('Backups', el('p.muted', 'No custody yet: devices make no backups. To let the service hold the key, or a customer:'),
            command('nightshift backup move service'), ' ', command('nightshift backup move customer --recipient age1...'));
    return card('Backups', el('p', el('b', row[0]), ' ', moving(custody), el('span.muted', ` ${row[1]}`)),
        facts([
            ['key', custody.custody === 'service' && (custody.is_locked ? 'locked in memory' : el('b.bad', 'not locked in memory: it may reach the swap'))],
            ['sealed to', el('code', { title: custody.recipient }, `${custody.recipient.slice(0, 16)}\u2026`)],
        ]));
}
