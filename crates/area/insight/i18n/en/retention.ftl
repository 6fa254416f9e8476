# Retention: who stays, and how long.

retention-title = Retention
retention-median = Half have left after
retention-months = { $n } months
retention-range = 95 % interval { $low } to { $high } months
retention-not-reached = an end of the interval is not reached
retention-after-12 = Staying after 12 months
retention-after-24 = Staying after 24 months
retention-left = Have left
retention-of = of { $n }
retention-curve = How long customers stay
retention-curve-note = months since the first order
retention-curve-said = Part of the customers still there by months since the first order, with its 95 % band
retention-staying = Staying
retention-low = Lower
retention-high = Upper
retention-means = Kaplan–Meier with the ln(−ln S) band of 95 %. A stay ends with the last order once the customer is silent beyond the own rhythm (the threshold of the alarms); all others count as far as they were seen. Whoever ordered once only and fell silent stays zero months.
retention-nobody-left = Nobody has left so far: there is no curve to draw.
retention-triangle = Orders by quarter of entry
retention-triangle-note = part that ordered in the quarters since; the last one is not over yet
retention-test = Do the years differ? Log-rank χ² = { $chi } with { $df } degrees of freedom, p = { $p }.
retention-no-cohort = No such quarter
retention-no-cohort-text = Choose one in the table of retention.
retention-bought = Ordered in { $quarter }
retention-bought-not = Did not
retention-first = The first { $n } are shown.
