"""Windows of SWAN-SF: multivariate series of active regions, as published and as passed around.

`name` reads what a file's name tells, `window` what the file holds, `release` finds the windows in
folders and archives.

References:
  Angryk et al. (2020), doi:10.1038/s41597-020-0548-x; data: doi:10.7910/DVN/EBCFKM
"""
