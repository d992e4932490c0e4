"""Incremental training: new ratings are added to a fitted engine without fitting all of it again.

========================  ==========================================================================================
counts, biases            as of a whole fit, to the last bit: all ratings are gone over, which takes a hundredth of its time
content                   as of a whole fit: computed anew if titles are new, else unchanged
item-knn                  the rows of titles that have many new ratings for their number, see :mod:`.neighbours`
all other models          as of the last whole fit; new people are visitors to them, new titles cannot be scored
the hybrid                its parts as above; its weights as of the last whole fit
studies of the factors    as of the last whole fit; new titles have no factors
========================  ==========================================================================================
"""
