/// The script of all pages. Without it everything can be read and heard.
enum PageScript {
  /// Sorts tables by the column whose button is pressed, what has no value last, and lets one player play at a time.
  static let source = """
    'use strict';
    for (const table of document.querySelectorAll('table.sortable')) {
      for (const header of table.tHead.rows[0].cells) {
        header.querySelector('button').addEventListener('click', () => {
          const direction = header.getAttribute('aria-sort') === 'ascending' ? -1 : 1;
          for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
          header.setAttribute('aria-sort', direction > 0 ? 'ascending' : 'descending');
          const key = (row) => row.cells[header.cellIndex].dataset.value;
          const rows = [...table.tBodies[0].rows].sort((first, second) => {
            const [a, b] = [key(first), key(second)];
            if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
            const order = header.dataset.kind === 'text' ? a.localeCompare(b) : Number(a) - Number(b);
            return direction * order;
          });
          table.tBodies[0].append(...rows);
        });
      }
    }
    document.addEventListener('play', (event) => {
      for (const player of document.querySelectorAll('audio')) if (player !== event.target) player.pause();
    }, true);
    """
}
