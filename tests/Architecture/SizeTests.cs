using Xunit;

namespace Nico.Tests.Architecture;

/// <summary>
/// A line has at most 140 characters and a file at most 300 lines. What was longer when this was first asked for is in
/// <c>sizes.txt</c>, which only shrinks: <c>NICO_WRITE=1</c> takes out of it what is shorter by now.
/// </summary>
public sealed class SizeTests
{
    private const int LongestLine = 140;
    private const int LongestFile = 300;

    [Fact]
    public void Lines_and_files_are_short_but_for_a_list_that_shrinks()
    {
        var sizes = Path.Combine(Repository.Root, "tests", "Architecture", "sizes.txt");
        var allowed = File.ReadLines(sizes).Select(line => line.Split(' '))
            .ToDictionary(words => words[0], words => new Size(int.Parse(words[1]), int.Parse(words[2])));
        var found = new[] { "src", "tests", "bench" }
            .SelectMany(folder => Repository.Files(folder, ".cs").Concat(Repository.Files(folder, ".sql")))
            .Select(file => (Name: Path.GetRelativePath(Repository.Root, file), Size: Size.Of(File.ReadAllLines(file))))
            .Where(one => one.Size != Size.None)
            .ToDictionary(one => one.Name, one => one.Size);
        var worse = found.Where(one => !one.Value.IsWithin(allowed.GetValueOrDefault(one.Key, Size.None)))
            .Select(one => $"{one.Key}: {one.Value.LongLines} lines of more than {LongestLine} characters, {one.Value.Lines} lines")
            .ToArray();
        if (Environment.GetEnvironmentVariable("NICO_WRITE") == "1")
        {
            File.WriteAllLines(sizes, allowed
                .Select(one => (Name: one.Key, Size: one.Value.Least(found.GetValueOrDefault(one.Key, Size.None))))
                .Where(one => one.Size != Size.None)
                .OrderBy(one => one.Name, StringComparer.Ordinal)
                .Select(one => $"{one.Name} {one.Size.LongLines} {one.Size.Lines}"));
        }

        Assert.Empty(worse);
    }

    /// <param name="LongLines">Lines that are too long.</param>
    /// <param name="Lines">All lines of a file that is too long; 0 otherwise.</param>
    private sealed record Size(int LongLines, int Lines)
    {
        public static Size None { get; } = new(0, 0);

        public static Size Of(string[] lines) =>
            new(lines.Count(line => line.Length > LongestLine), lines.Length > LongestFile ? lines.Length : 0);

        public bool IsWithin(Size allowed) => LongLines <= allowed.LongLines && Lines <= allowed.Lines;

        public Size Least(Size other) => new(Math.Min(LongLines, other.LongLines), Math.Min(Lines, other.Lines));
    }
}
