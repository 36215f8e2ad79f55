using System.Runtime.CompilerServices;
using Xunit;

namespace Nico.Tests.Slices.Infrastructure;

/// <summary>Waits for what comes about by itself.</summary>
public static class Wait
{
    /// <summary>Asks until it holds, or fails with <paramref name="what"/> (the condition itself when left out).</summary>
    public static async Task Until(Func<Task<bool>> holds, double seconds = 60, [CallerArgumentExpression(nameof(holds))] string what = "")
    {
        var until = DateTime.UtcNow.AddSeconds(seconds);
        while (!await holds())
        {
            Assert.True(DateTime.UtcNow < until, $"not so within {seconds} s: {what}");
            await Task.Delay(30, TestContext.Current.CancellationToken);
        }
    }

    /// <inheritdoc cref="Until(Func{Task{bool}}, double, string)"/>
    public static Task Until(Func<bool> holds, double seconds = 60, [CallerArgumentExpression(nameof(holds))] string what = "") =>
        Until(() => Task.FromResult(holds()), seconds, what);
}
