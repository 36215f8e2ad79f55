using Nico.SiteSimulator.Hardware;

namespace Nico.SiteSimulator.Time;

/// <summary>How long things take: drawn around a median, per object and step, and divided by the site's speed.</summary>
internal sealed class Pace(Seed seed, double speed)
{
    private const double Sigma = 0.25;

    public double Speed => speed;

    /// <summary>Seconds of the simulated site as time of the clock.</summary>
    public TimeSpan Scaled(double seconds) => double.IsPositiveInfinity(speed) ? TimeSpan.Zero : TimeSpan.FromSeconds(seconds / speed);

    /// <summary>How long <paramref name="what"/> takes: log-normal around <paramref name="median"/> seconds, never outside
    /// <paramref name="low"/>..<paramref name="high"/>. The same for the same <paramref name="what"/>.</summary>
    public TimeSpan Draw(string what, double median, double low, double high)
    {
        var draws = seed.Draws("pace " + what);
        var radius = Math.Sqrt(-2 * Math.Log(1 - Unit(draws.Next())));
        var normal = radius * Math.Cos(2 * Math.PI * Unit(draws.Next()));
        return Scaled(Math.Clamp(median * Math.Exp(Sigma * normal), low, high));
    }

    private static double Unit(ulong draw) => (draw >> 11) * (1.0 / (1UL << 53));
}
