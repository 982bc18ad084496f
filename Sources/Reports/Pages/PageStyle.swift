/// The style sheet of all pages.
enum PageStyle {
  /// Colors are defined for light and dark mode; sizes are relative to the reader's font size.
  static let sheet = """
    :root{color-scheme:light dark;--paper:#fff;--raised:#f6f7f9;--ink:#1d2129;--pale:#5b6270;--rule:#dfe2e8;
    --accent:#2458b8;\(series);--grey:#8a909c;--mark:#b3261e}
    @media(prefers-color-scheme:dark){:root{--paper:#14161a;--raised:#1d2026;--ink:#e6e8ec;--pale:#a2a9b6;
    --rule:#343942;--accent:#8ab4ff;--s0:#7aa8ff;--s1:#ff9e64;--s2:#5fcfa4;--s3:#cf9bec;
    --s4:#ff8fc0;--s5:#5cc8e8;--s6:#d9bf5a;--s7:#c9a58f;--grey:#7b828f;--mark:#ff8a80}}
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%}
    body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,"Segoe UI","DejaVu Sans",sans-serif;
    font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
    header,main{max-width:96rem;margin:0 auto;padding:0 clamp(1rem,3vw,2.5rem)}
    header{padding-top:2rem}
    main{padding-bottom:4rem}
    h1{font-size:clamp(1.5rem,1.2rem + 1.4vw,2.2rem);line-height:1.2;margin:0 0 .25rem}
    h2{font-size:1.3rem;margin:2.75rem 0 .75rem;padding-top:.75rem;border-top:1px solid var(--rule)}
    h3{font-size:1.05rem;margin:0 0 .25rem}
    h4{font-size:.85rem;font-weight:600;margin:0 0 .35rem;color:var(--pale)}
    p{margin:.4rem 0 .8rem;max-width:70ch}
    a{color:var(--accent)}
    a:focus-visible,button:focus-visible,audio:focus-visible,[tabindex]:focus-visible,summary:focus-visible{
    outline:3px solid var(--accent);outline-offset:2px;border-radius:3px}
    .pale,.unit,.note{color:var(--pale)}
    .note{font-size:.875rem}
    nav ul,.legend,.scores{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;margin:.5rem 0;padding:0}
    dl.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,9.5rem),1fr));
    gap:.75rem 1.25rem;margin:1rem 0}
    dl.facts dt{font-size:.8rem;color:var(--pale)}
    dl.facts dd{margin:0;font-weight:600}
    dl.terms{columns:2 34rem;column-gap:3rem;margin:0}
    dl.terms div{break-inside:avoid;padding-bottom:1rem}
    dl.terms dt{font-weight:600}
    tbody th .unit{display:block;font-size:.78rem;font-weight:400}
    dl.terms dd{margin:0}
    .scroll{overflow-x:auto;max-width:100%;border:1px solid var(--rule);border-radius:8px}
    .scroll.fit{width:fit-content}
    .scroll.tall{max-height:32rem;overflow-y:auto}
    table{border-collapse:collapse;width:100%;font-size:.9rem}
    th,td{padding:.45rem .8rem;text-align:right;white-space:nowrap;border-bottom:1px solid var(--rule)}
    th:first-child,td:first-child,.text{text-align:left}
    tbody tr:last-child>*{border-bottom:0}
    thead th{background:var(--raised);font-weight:600;position:sticky;top:0;z-index:1}
    tbody th{font-weight:500}
    tbody tr:hover>*{background:var(--raised)}
    th button{all:unset;cursor:pointer;font-weight:600}
    th button::after{content:" ↕";color:var(--grey)}
    th[aria-sort=ascending] button::after{content:" ↑";color:var(--accent)}
    th[aria-sort=descending] button::after{content:" ↓";color:var(--accent)}
    .grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1.5rem 2rem}
    .grid.small{grid-template-columns:repeat(auto-fill,minmax(min(100%,19rem),1fr))}
    figure{margin:0;min-width:0}
    figcaption{font-weight:600;margin-bottom:.35rem}
    figcaption .unit{font-weight:400}
    .card{border:1px solid var(--rule);border-radius:10px;padding:1rem 1.1rem;margin:0 0 1.25rem;min-width:0}
    .sides{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,21rem),1fr));
    gap:1.25rem 1.5rem;margin-top:.75rem}
    .side{min-width:0}
    .scores{font-size:.82rem;color:var(--pale)}
    .scores b{color:var(--ink);font-weight:600}
    .plot{display:grid;grid-template-columns:3.4rem minmax(0,1fr);grid-template-rows:auto 1.3rem auto;font-size:.72rem;
    color:var(--pale);padding:.45rem .9rem 0 0;line-height:1}
    .plot .y,.plot .x{position:relative}
    .plot .y span{position:absolute;right:.45rem;transform:translateY(50%);white-space:nowrap}
    .plot .x{grid-column:2}
    .plot .x span{position:absolute;top:.4rem;transform:translateX(-50%);white-space:nowrap}
    .plot .x-name{grid-column:2;text-align:center;padding-top:.2rem}
    .plot .area{position:relative;min-width:0;border-left:1px solid var(--rule);border-bottom:1px solid var(--rule)}
    .plot svg{display:block;width:100%;height:15rem;overflow:hidden}
    .small .plot svg{height:8.5rem}
    .plot img,.picture img{display:block;width:100%;height:auto}
    .picture img{background:#fff;border-radius:8px}
    svg path{fill:none;vector-effect:non-scaling-stroke;stroke-linejoin:round}
    svg .grid{stroke:var(--rule);stroke-width:1}
    svg .line{stroke:currentColor;stroke-width:2}
    svg .pale{stroke:currentColor;stroke-width:1.5;opacity:.4}
    svg .dot{stroke:currentColor;stroke-width:7;stroke-linecap:round}
    svg .band{fill:currentColor;opacity:.2}
    svg .bar{fill:var(--s0);fill-opacity:.6;stroke:var(--paper);stroke-width:1}
    svg .mark{stroke:var(--mark);stroke-width:1.5;stroke-dasharray:5 4}
    .s0{color:var(--s0)}.s1{color:var(--s1)}.s2{color:var(--s2)}.s3{color:var(--s3)}
    .s4{color:var(--s4)}.s5{color:var(--s5)}.s6{color:var(--s6)}.s7{color:var(--s7)}
    .legend{font-size:.8rem;color:var(--pale);margin-left:3.4rem}
    header .legend{margin-left:0;font-size:.95rem;color:var(--ink)}
    details{margin:1rem 0}
    summary{cursor:pointer;font-weight:600}
    table.runs td{white-space:normal;min-width:7rem;max-width:24rem}
    table.runs{width:auto}
    .key{display:inline-block;width:1.4rem;border-top:3px solid currentColor;vertical-align:middle;margin-right:.4rem}
    .key.pale{opacity:.4}
    .key.mark{border-top:2px dashed var(--mark)}
    .scale{display:flex;align-items:center;gap:.5rem;font-size:.72rem;color:var(--pale);
    margin:.45rem .9rem .5rem 3.4rem}
    .scale i{flex:1;height:.55rem;border-radius:2px}
    .levels{background:linear-gradient(to right,\(gradient(.levels)))}
    .diverging{background:linear-gradient(to right,\(gradient(.diverging)))}
    audio{display:block;width:100%;height:2.6rem;margin-top:.35rem}
    .skip{position:absolute;left:-99rem}
    .skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.4rem .8rem;z-index:2}
    @media(max-width:40rem){.plot{grid-template-columns:2.9rem minmax(0,1fr);padding-right:.5rem}
    main .legend,.scale{margin-left:2.9rem}
    .plot svg{height:11rem}.card{padding:.8rem}}
    @media print{.scroll.tall{max-height:none}audio{display:none}.card,figure{break-inside:avoid}}
    """

  /// The colors of curves in light mode.
  private static var series: String {
    Color.series.enumerated().map { "--s\($0):\($1.css)" }.joined(separator: ";")
  }

  private static func gradient(_ map: ColorMap) -> String {
    stride(from: 0, through: 255, by: 15).map { map.colors[$0].css }.joined(separator: ",")
  }
}

/// The script of all pages. Everything can be read and played without it.
enum PageScript {
  /// Sorts tables by the column whose button is pressed, with missing values last, and lets only one player play at a
  /// time.
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
