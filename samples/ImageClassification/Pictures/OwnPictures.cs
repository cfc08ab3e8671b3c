namespace ImageClassification.Pictures;

/// <summary>The user's own folder of pictures, split into a part to train on and a part to test on.</summary>
internal static class OwnPictures
{
    private const double TestFraction = 0.2;

    /// <summary>Keeps a fifth of each class, at least one picture, for the test; the seed decides which.</summary>
    public static PictureData Read(string folder, PictureFormat format, int seed, bool skipUnreadable)
    {
        var random = new Random(seed);
        List<LabeledPicture> training = [], test = [];
        foreach (var pictures in PictureFolder.Read(folder, skipUnreadable).GroupBy(picture => picture.Label))
        {
            var shuffled = pictures.ToArray();
            if (shuffled.Length < 2)
                throw new UserError($"The class '{pictures.Key}' in '{folder}' has only one picture. Add more to test on.");
            random.Shuffle(shuffled);
            var testCount = Math.Max(1, (int)(shuffled.Length * TestFraction));
            test.AddRange(shuffled[..testCount]);
            training.AddRange(shuffled[testCount..]);
        }

        return new PictureData(training, test, format);
    }
}
