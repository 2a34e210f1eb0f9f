"""The contenders. Each module has the same two functions:

    prepare(model, folder)                  data as this way needs them, from CSV files
    train(model, data, weights, epochs)     (seconds of each epoch, loss of each epoch)

``weights`` names a file of the lesson's initial weights, so that all begin alike; a way that
builds the lesson itself gets the same ones from the seed. An epoch is training alone, and its loss
is the mean over its rows while the weights change, as ``fit`` reports it.
"""
