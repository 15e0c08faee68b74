// A little help where a page without a script would be tedious. Everything works without it, but for what it adds.

/** Copy buttons. */
for (const button of document.querySelectorAll('[data-copy]')) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = 'Copied';
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 1500);
  });
}

/** A form that was filled in is not left by accident, and not sent twice. */
let isChanged = document.querySelector('[data-unsaved]') !== null;
for (const form of document.querySelectorAll('form[data-guard]')) {
  form.addEventListener('input', () => {
    isChanged = true;
  });
  form.addEventListener('submit', () => {
    isChanged = false;
    for (const button of form.querySelectorAll('button[type=submit]'))
      setTimeout(() => {
        button.disabled = true;
      });
  });
}
addEventListener('beforeunload', (event) => {
  if (isChanged) event.preventDefault();
});
addEventListener('pageshow', (event) => {
  if (event.persisted)
    for (const button of document.querySelectorAll('form[data-guard] button')) button.disabled = false;
});

/** Live parts: asked for again every few seconds, unless paused, hidden, or somebody is in the middle of it. */
for (const part of document.querySelectorAll('[data-live]')) {
  const pause = document.querySelector(`[data-pause="${part.id}"]`);
  const status = document.querySelector(`[data-live-status="${part.id}"]`);
  let isPaused = false;
  if (pause) {
    pause.hidden = false;
    pause.addEventListener('click', () => {
      isPaused = !isPaused;
      pause.textContent = isPaused ? 'Go on' : 'Pause';
      pause.setAttribute('aria-pressed', String(isPaused));
    });
  }
  const isBusy = () =>
    part.contains(document.activeElement) || part.querySelector('input:checked, details[open]') !== null;
  setInterval(
    async () => {
      if (isPaused || document.hidden) return;
      if (isBusy()) {
        if (status) status.textContent = 'stands still while you are in the list';
        return;
      }
      try {
        const answer = await fetch(part.dataset.live, { headers: { 'X-Fragment': '1', 'X-Live': '1' } });
        if (answer.status === 401) return location.reload();
        if (!answer.ok) throw new Error(String(answer.status));
        const text = await answer.text();
        if (isPaused || isBusy()) return;
        part.innerHTML = text;
        showAlls(part);
        if (status) status.textContent = `as of ${new Date().toLocaleTimeString('en-GB')}`;
      } catch {
        if (status) status.textContent = 'cannot be brought up to date just now';
      }
    },
    Number(part.dataset.every ?? 5) * 1000,
  );
}

/** What is typed is looked at while it is typed: the answer is a part of a page, and the last one counts. */
for (const field of document.querySelectorAll('[data-check]')) {
  const target = document.getElementById(field.dataset.target);
  let timer;
  let asking = new AbortController();
  const check = async (signal) => {
    try {
      const body = new URLSearchParams(new FormData(field.form));
      const headers = { 'X-Fragment': '1' };
      const answer = await fetch(field.dataset.check, { method: 'POST', body, headers, signal });
      if (answer.ok && target) replace(target, await answer.text());
      else if (answer.status === 401 && target)
        target.textContent = 'The session is over. What you typed stays here: log in in another window.';
      else if (target) target.textContent = 'This cannot be checked just now.';
    } catch {
      if (!signal.aborted && target) target.textContent = 'This cannot be checked just now.';
    }
  };
  field.addEventListener('input', () => {
    clearTimeout(timer);
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    timer = setTimeout(() => check(signal), 300);
  });
}

/** What was opened by hand stays open. */
function replace(target, text) {
  const open = new Map([...target.querySelectorAll('details[id]')].map((each) => [each.id, each.open]));
  target.innerHTML = text;
  for (const each of target.querySelectorAll('details[id]'))
    if (open.has(each.id)) each.open = open.get(each.id);
}

/** A place in a text is shown there. */
document.addEventListener('click', (event) => {
  const place = event.target.closest('a[data-line]');
  const field = place && document.querySelector(place.getAttribute('href'));
  if (!(field instanceof HTMLTextAreaElement)) return;
  event.preventDefault();
  const line = Number(place.dataset.line);
  const lines = field.value.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const end = start + (lines[line - 1]?.length ?? 0);
  field.focus();
  field.setSelectionRange(Math.min(start + Number(place.dataset.column) - 1, end), end);
  field.scrollTop = (field.scrollHeight / lines.length) * Math.max(0, line - 6);
});

/** All rows at once; also of a live part that has been replaced. */
const showAlls = (within) => {
  for (const all of within.querySelectorAll('[data-all]')) all.hidden = false;
};
showAlls(document);
addEventListener('change', ({ target }) => {
  if (!target.matches('[data-all]')) return;
  for (const box of document.querySelectorAll(`input[name="${target.dataset.all}"]`))
    box.checked = target.checked;
});
