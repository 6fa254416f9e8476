# Letters to the owners of planned analyses.
letter-analysis-subject = { $name }: { $rows } rows
letter-analysis-text =
    Hello { $reader },

    your analysis “{ $name }” ran as planned on { $at } and has { $rows } rows. What changed since the run before, the chart and the files stand here:

    { $link }

    You get this letter because “Mail the result” is ticked in the plan of the analysis.
letter-analysis-subject-failed = { $name } could not be calculated
letter-analysis-text-failed =
    Hello { $reader },

    your analysis “{ $name }” was to run on { $at } and could not. Which step is wrong, and why, stands here:

    { $link }

    You get this letter because “Mail the result” is ticked in the plan of the analysis.
