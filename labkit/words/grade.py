"""What the grader says: the command line of teachers and its pages."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "grade.mode.sandbox": ("calificado en una sala aislada", "graded in a sandbox"),
    "grade.mode.practice": (
        "modo de práctica: sin aislamiento ni pruebas ocultas",
        "practice mode: no sandbox, no hidden tests",
    ),
    "grade.line.visible": (
        "pruebas visibles: {passed} de {of}",
        "visible tests: {passed} of {of}",
    ),
    "grade.line.hidden": (
        "pruebas ocultas (otros datos): {passed} de {of}",
        "hidden tests (other data): {passed} of {of}",
    ),
    "grade.page.title": ("{learner} · lección {lesson}", "{learner} · lesson {lesson}"),
    "grade.page.score": ("{score} de {max} puntos", "{score} of {max} points"),
    "grade.page.not_graded": (
        "No se pudo calificar, y no es culpa de la entrega: {error}",
        "It could not be graded, and this is not the submission's fault: {error}",
    ),
    "grade.page.no_hidden": (
        "Se usaron solo las pruebas visibles.",
        "Only the visible tests were used.",
    ),
    "grade.page.notes": ("Observaciones", "Notes"),
    "grade.page.notebook": ("Lo entregado", "What was handed in"),
    "grade.class.title": ("La clase de un vistazo", "The class at a glance"),
    "grade.class.summary": (
        "{n} entregas de {learners} personas; la mediana tiene el {median} de los puntos.",
        "{n} submissions of {learners} learners; the median has {median} of the points.",
    ),
    "grade.class.failed": (
        "{n} no se pudieron calificar.",
        "{n} could not be graded.",
    ),
    "grade.class.none": ("Ninguna.", "None."),
    "grade.class.share": ("parte de los puntos", "part of the points"),
    "grade.class.submissions": ("entregas", "submissions"),
    "grade.class.distribution": ("Reparto", "Distribution"),
    "grade.class.distribution.caption": (
        "Cuántas entregas hay en cada tramo.",
        "How many submissions there are in each range.",
    ),
    "grade.class.hardest": ("Ejercicios, del más difícil al más fácil", "Exercises, hardest first"),
    "grade.class.hardest.caption": (
        "Parte media de los puntos de cada ejercicio.",
        "Mean part of the points of each exercise.",
    ),
    "grade.class.exercise": ("ejercicio", "exercise"),
    "grade.class.title.column": ("título", "title"),
    "grade.class.mean": ("media", "mean"),
    "grade.class.count": ("entregas", "submissions"),
    "grade.class.beliefs": ("Ideas equivocadas", "Misconceptions"),
    "grade.class.beliefs.caption": (
        "Cuántas personas mostraron cada una.",
        "How many learners showed each.",
    ),
    "grade.class.number": ("número", "number"),
    "grade.class.belief": ("idea", "belief"),
    "grade.class.learners": ("personas", "learners"),
    "grade.class.causes": ("Los tropiezos más comunes", "The commonest stumbles"),
    "grade.class.causes.caption": (
        "Una frase de ejemplo y cuántas personas la recibieron.",
        "A sentence as an example, and how many learners got it.",
    ),
    "grade.class.cause": ("causa", "cause"),
    "grade.class.suspicious": ("Entregas que conviene mirar", "Submissions worth a look"),
    "grade.class.suspicious.caption": (
        "Ninguna ha cambiado la nota por esto: míralas tú.",
        "None lost a point for this: look for yourself.",
    ),
    "grade.class.learner": ("entrega", "submission"),
    "grade.class.why": ("por qué", "why"),
    "grade.class.everybody": ("Todas las entregas", "All submissions"),
    "grade.class.lesson": ("lección", "lesson"),
    "grade.class.points": ("puntos", "points"),
    "grade.class.states": ("estado", "state"),
    "grade.why.foreign_data": (
        "trabajó con los datos de otra persona",
        "worked with another learner's data",
    ),
    "grade.why.check_changed": ("cambió la celda de comprobación", "changed the check cell"),
    "grade.why.dead": ("terminó el kernel", "ended the kernel"),
    "grade.why.files": ("creó demasiados archivos", "made too many files"),
    "grade.why.flood": ("escribió sin medida", "printed without measure"),
    "grade.why.memory": ("pidió demasiada memoria", "asked for too much memory"),
    "grade.why.processes": ("inició demasiados procesos", "started too many processes"),
    "grade.why.silent": ("impidió recoger la respuesta", "kept the answer from being collected"),
    "grade.why.slow": ("no terminó a tiempo", "did not end in time"),
    "grade.why.unreadable": ("no se pudo leer", "could not be read"),
    "grade.why.twin": ("respuesta idéntica a otra", "answer identical to another"),
    "grade.why.several": (
        "varias entregas de la misma lección: en los CSV cuenta la mejor",
        "handed in more than once: the best one counts in the CSV files",
    ),
    # ---- command line
    "grade.none": (
        "No hay ningún cuaderno (.ipynb) en {paths}.",
        "There is no notebook (.ipynb) in {paths}.",
    ),
    "grade.no_notebook_in": (
        "Sin ningún cuaderno (.ipynb), y por eso sin nota: {names}.",
        "Without any notebook (.ipynb), and so without a mark: {names}.",
    ),
    "grade.other_secret": (
        "{n} de {all} entregas traen datos que no salen de este secreto ({file}) y de su nombre."
        " ¿Es el de `labkit release`? ¿Se llaman las carpetas como en la lista?",
        "{n} of {all} submissions carry data that do not come from this secret ({file}) and their"
        " name. Is it that of `labkit release`? Are the folders named as in the list?",
    ),
    "grade.not_a_notebook": (
        "{path} no es un cuaderno: se califican archivos .ipynb, o carpetas que los contienen.",
        "{path} is no notebook: graded are files that end in .ipynb, or folders with such files.",
    ),
    "grade.missing": ("No existe {path}.", "{path} does not exist."),
    "grade.practice": (
        "Modo de práctica: aquí no hay bubblewrap ({fix}). El código entregado se ejecuta con"
        " límites pero sin aislamiento, y no se usa material oculto.",
        "Practice mode: there is no bubblewrap here ({fix}). Submitted code runs with limits but"
        " without a sandbox, and no hidden material is used.",
    ),
    "grade.practice.asked": (
        "Modo de práctica: el código entregado se ejecuta con límites pero sin aislamiento, y no se"
        " usa material oculto.",
        "Practice mode: submitted code runs with limits but without a sandbox, and no hidden"
        " material is used.",
    ),
    "grade.practice.linux": (
        "instálalo: apt install bubblewrap",
        "install it: apt install bubblewrap",
    ),
    "grade.practice.other": ("solo existe en Linux", "it exists on Linux only"),
    "grade.no_hidden": (
        "Sin pruebas ocultas: no hay ninguna carpeta exercises/hidden aquí; --hidden la indica.",
        "No hidden tests: there is no folder exercises/hidden here; --hidden names one.",
    ),
    "grade.secret.made": (
        "Secreto nuevo en {file}: consérvalo, sin él los datos de cada persona serían otros.",
        "New secret in {file}: keep it, without it everybody's data would be different.",
    ),
    "grade.secret.bad": (
        "El secreto de {file} no se puede leer o está vacío.",
        "The secret in {file} cannot be read or is empty.",
    ),
    "grade.secret.fix": (
        "Un archivo con 16 bytes o más; `--secret FILE` lo indica.",
        "A file of 16 bytes or more; `--secret FILE` names it.",
    ),
    "grade.progress": ("{done}/{all} {bar} {name}", "{done}/{all} {bar} {name}"),
    "grade.column.learner": ("quién", "learner"),
    "grade.column.lesson": ("lección", "lesson"),
    "grade.column.points": ("puntos", "points"),
    "grade.column.visible": ("visibles", "visible"),
    "grade.column.hidden": ("ocultas", "hidden"),
    "grade.column.told": ("qué pasó", "what happened"),
    "grade.done": (
        "{n} entregas en {seconds:.0f} s. Resumen de la clase: {page}",
        "{n} submissions in {seconds:.0f} s. Class overview: {page}",
    ),
    "grade.interrupted": (
        "Interrumpido: la misma orden sigue donde se quedó ({done} de {all} en {out}).",
        "Interrupted: the same command goes on where it stopped ({done} of {all} in {out}).",
    ),
    "grade.bad_parameters": (
        "{file} no es una tabla de parámetros en YAML.",
        "{file} is no table of parameters in YAML.",
    ),
    "grade.bad_workers": (
        "--workers va de 1 a 64, no {n}.",
        "--workers goes from 1 to 64, not {n}.",
    ),
    "grade.bad_executor": (
        "--executor es local o dask://DIRECCIÓN, no «{executor}».",
        "--executor is local or dask://ADDRESS, not {executor!r}.",
    ),
    "grade.unwritable": (
        "No se puede escribir en {path} ({reason}).",
        "Cannot write to {path} ({reason}).",
    ),
    # ---- release
    "grade.no_masters": (
        "No hay maestros (exercises/NN.py) en {folder}.",
        "There are no masters (exercises/NN.py) in {folder}.",
    ),
    "grade.no_masters.fix": (
        "`labkit release --masters CARPETA` indica dónde están.",
        "`labkit release --masters FOLDER` says where they are.",
    ),
    "grade.no_lesson": (
        "No hay maestro de la lección {lesson}; hay: {known}.",
        "There is no master of lesson {lesson}; there are: {known}.",
    ),
    "grade.not_utf8": (
        "{file} no está escrito en UTF-8: los acentos no se pueden leer.",
        "{file} is not written in UTF-8: its accents cannot be read.",
    ),
    "grade.not_utf8.fix": (
        "Guárdalo como «texto sin formato, UTF-8» (en Excel, «CSV UTF-8»).",
        'Save it as "plain text, UTF-8" (in Excel, "CSV UTF-8").',
    ),
    "grade.no_learners": (
        "{file} no tiene ninguna persona (una por línea).",
        "{file} names no learner (one a line).",
    ),
    "grade.bad_learner": (
        "{file}: «{name}» no sirve de nombre de carpeta (sin barras ni punto inicial).",
        "{file}: {name!r} cannot be the name of a folder (no slashes, no dot in front).",
    ),
    "grade.same_learner": (
        "{file}: «{one}» y «{other}» tendrían la misma carpeta; distínguelos con algo más que"
        " mayúsculas.",
        "{file}: {one!r} and {other!r} would share a folder; let them differ in more than"
        " capitals.",
    ),
    "grade.released": (
        "{n} cuadernos en {out}.",
        "{n} notebooks in {out}.",
    ),
    "grade.released.shared": (
        "En esta copia común, los datos de {ids} son los mismos para todos y una respuesta copiada"
        " encaja; `--learners FILE` da a cada persona los suyos.",
        "In this common copy the data of {ids} are the same for everybody, and a copied answer"
        " fits; `--learners FILE` gives each learner their own.",
    ),
    "grade.exists": (
        "{path} ya existe y es distinto; no se toca.",
        "{path} exists and differs; it is not touched.",
    ),
    "grade.exists.fix": (
        "Elige otra carpeta con --out, o añade --force.",
        "Choose another folder with --out, or add --force.",
    ),
    # ---- exercise
    "grade.watch.file": (
        "{file}: edítalo y guarda; se comprueba solo.",
        "{file}: edit it and save; it is checked by itself.",
    ),
    "grade.watch.keys": (
        "[c] comprobar  [h] pista  [n] siguiente  [r] empezar de nuevo  [s] solución  [q] salir",
        "[c] check  [h] hint  [n] next  [r] start anew  [s] solution  [q] quit",
    ),
    "grade.watch.saved": ("Guardado: comprobando {id} …", "Saved: checking {id} …"),
    "grade.watch.reset": (
        "{file} vuelve al principio, y sus comprobaciones y pistas a cero; lo tuyo está en {kept}.",
        "{file} is back at the start, its checks and hints at zero; yours is in {kept}.",
    ),
    "grade.watch.all": (
        "Todos los ejercicios están correctos. ¡Enhorabuena!",
        "All exercises are correct. Congratulations!",
    ),
    "grade.watch.error": (
        "Tu archivo no se puede ejecutar: {error}.",
        "Your file cannot be run: {error}.",
    ),
    "grade.watch.error_at": (
        "Tu archivo no se puede ejecutar (línea {line}): {error}.",
        "Your file cannot be run (line {line}): {error}.",
    ),
    "grade.watch.gone": (
        "{file} ya no está; con [r] vuelve como era al principio.",
        "{file} is gone; [r] brings it back as it was at the start.",
    ),
    "grade.watch.anew": (
        "{file} está de nuevo, como al principio.",
        "{file} is back, as it was at the start.",
    ),
    "grade.watch.slow": (
        "Tu archivo no terminó en {seconds} s.",
        "Your file did not end within {seconds} s.",
    ),
    "grade.watch.unknown": ("No existe la orden «{typed}».", "There is no command {typed!r}."),
    # ---- options
    "grade.option.paths": (
        "cuadernos, o carpetas con una subcarpeta por persona",
        "notebooks, or folders with a subfolder for each learner",
    ),
    "grade.option.out": (
        "carpeta de los resultados (por defecto, grades)",
        "folder of the results (default grades)",
    ),
    "grade.option.learner": (
        "de quién son (por defecto, lo dice la carpeta)",
        "whose they are (by default the folder says it)",
    ),
    "grade.option.secret": (
        "archivo con el secreto de quien enseña (por defecto, labkit-secret junto a la carpeta de"
        " los resultados)",
        "file with the teacher's secret (default labkit-secret beside the folder of the results)",
    ),
    "grade.option.hidden": (
        "carpeta de las pruebas ocultas (por defecto, exercises/hidden)",
        "folder of the hidden tests (default exercises/hidden)",
    ),
    "grade.option.personal": (
        "acepta solo datos de una copia personal (labkit release --learners)",
        "accept only data of a personal copy (labkit release --learners)",
    ),
    "grade.option.workers": (
        "cuántas a la vez (por defecto, 1)",
        "how many at once (default 1)",
    ),
    "grade.option.executor": (
        "local, o dask://DIRECCIÓN de un clúster de Dask",
        "local, or dask://ADDRESS of a Dask cluster",
    ),
    "grade.option.again": (
        "califica de nuevo lo que ya tiene resultado",
        "grade again what has a result already",
    ),
    "grade.option.practice": (
        "modo de práctica: sin aislamiento ni pruebas ocultas",
        "practice mode: no sandbox and no hidden tests",
    ),
    "grade.option.parameters": (
        "parámetro del cuaderno, como en papermill; se puede repetir",
        "a parameter of the notebook, as for papermill; may be repeated",
    ),
    "grade.option.parameters_raw": (
        "lo mismo, siempre como texto",
        "the same, always as text",
    ),
    "grade.option.parameters_file": (
        "archivo YAML con parámetros",
        "a YAML file with parameters",
    ),
    "grade.option.parameters_yaml": ("parámetros en YAML", "parameters in YAML"),
    "grade.release.lessons": (
        "números de lección (por defecto, todas)",
        "numbers of lessons (default all)",
    ),
    "grade.release.out": (
        "carpeta de los cuadernos (por defecto, release)",
        "folder of the notebooks (default release)",
    ),
    "grade.release.masters": (
        "carpeta de los maestros (por defecto, exercises)",
        "folder of the masters (default exercises)",
    ),
    "grade.release.learners": (
        "archivo con una persona por línea: cada una recibe una copia con datos propios",
        "file with one learner a line: each gets a copy with data of their own",
    ),
    "grade.release.secret": (
        "archivo con el secreto, el mismo que para labkit grade (por defecto, labkit-secret junto"
        " a la carpeta de los cuadernos)",
        "file with the secret, the same as for labkit grade (default labkit-secret beside the"
        " folder of the notebooks)",
    ),
    "grade.release.force": ("reemplaza lo que haya", "replace what is there"),
    "grade.exercise.id": (
        "qué ejercicio (05.1); por defecto, el primero sin resolver",
        "which exercise (05.1); by default the first unsolved one",
    ),
    "grade.exercise.folder": (
        "carpeta de tus archivos (por defecto, exercises-labkit)",
        "folder of your files (default exercises-labkit)",
    ),
    "grade.exercise.once": (
        "comprueba una vez y termina (estado 0 si está correcto)",
        "check once and end (status 0 if it is correct)",
    ),
    "grade.exercise.hint": ("da la siguiente pista y termina", "give the next hint and end"),
    "grade.exercise.list": ("muestra todos y cómo van", "show all and how they stand"),
}
