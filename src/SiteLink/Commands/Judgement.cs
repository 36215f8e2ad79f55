using Grpc.Core;
using Nico.SiteLink.Connections;

namespace Nico.SiteLink.Commands;

/// <summary>What a failed call means for its command. Source: spec/60-site-link.md, section 5.1.</summary>
internal enum Meaning
{
    /// <summary>It cannot have reached the site: to be tried again, and nothing is in doubt.</summary>
    NeverArrived,

    /// <summary>The site cannot be asked at the moment: to be tried again, and what became of it is in doubt.</summary>
    Lost,

    /// <summary>It may have been done or not; the site can be asked.</summary>
    Ambiguous,

    /// <summary>The site failed; it may have been done or not, and failing again and again makes it final.</summary>
    Broken,

    /// <summary>The site has run out of something; final after a few attempts.</summary>
    Exhausted,

    /// <summary>The site will not do it.</summary>
    Final,
}

/// <summary>Reads the answers of a site.</summary>
internal static class Judgement
{
    /// <summary>Failures of the site or of Nico after which a command is given up.</summary>
    public const int MaxStrikes = 5;

    /// <summary>Attempts that a site may answer with being out of something before that is its last word.</summary>
    public const int MaxExhausted = 3;

    /// <summary>What the failure means.</summary>
    public static Meaning Of(RpcException e) => e.StatusCode switch
    {
        _ when Channels.NeverArrived(e) => Meaning.NeverArrived,
        StatusCode.Unauthenticated => Meaning.NeverArrived,
        StatusCode.Unavailable => Meaning.Lost,
        StatusCode.DeadlineExceeded or StatusCode.Cancelled or StatusCode.Aborted => Meaning.Ambiguous,
        _ when IsTooLarge(e) => Meaning.Broken,
        StatusCode.ResourceExhausted => Meaning.Exhausted,
        StatusCode.InvalidArgument or StatusCode.OutOfRange or StatusCode.FailedPrecondition or StatusCode.AlreadyExists
            or StatusCode.NotFound or StatusCode.PermissionDenied or StatusCode.Unimplemented => Meaning.Final,
        _ => Meaning.Broken,
    };

    /// <summary>The HTTP status of a final refusal (00, section 7.1).</summary>
    public static int Status(StatusCode code) => code switch
    {
        StatusCode.InvalidArgument or StatusCode.OutOfRange or StatusCode.ResourceExhausted => 400,
        StatusCode.PermissionDenied => 403,
        StatusCode.NotFound => 404,
        StatusCode.AlreadyExists => 409,
        StatusCode.FailedPrecondition => 412,
        StatusCode.Unimplemented => 501,
        StatusCode.Unavailable => 503,
        _ => 500,
    };

    /// <summary>The site's own words, of a bearable length; its code when it says nothing.</summary>
    public static string Reason(RpcException e) => SiteText.Of(e.Status.Detail).Trim() is { Length: > 0 } words ? words : e.StatusCode.ToString();

    /// <summary>
    /// True when what failed is the size of an answer, here or at the site: fewer objects at once may do. All implementations of gRPC say it
    /// with these codes, and of a message.
    /// </summary>
    public static bool IsTooLarge(RpcException e) => e.StatusCode is StatusCode.ResourceExhausted or StatusCode.OutOfRange
        && e.Status.Detail.Contains("message", StringComparison.OrdinalIgnoreCase)
        && (e.Status.Detail.Contains("exceed", StringComparison.OrdinalIgnoreCase)
            || e.Status.Detail.Contains("larg", StringComparison.OrdinalIgnoreCase)
            || e.Status.Detail.Contains("max", StringComparison.OrdinalIgnoreCase));
}

/// <summary>What is to become of a command after an attempt.</summary>
internal abstract record Verdict
{
    /// <summary>It has had its effect.</summary>
    public sealed record Done(Google.Protobuf.IMessage? Answer, Outcome Outcome) : Verdict;

    /// <summary>It never will.</summary>
    /// <param name="IsLastWord">True for the site's refusal, false when Nico gives up.</param>
    public sealed record Refused(int Status, string Code, string Reason, bool IsLastWord) : Verdict;

    /// <summary>Not yet.</summary>
    /// <param name="Unsure">True when it may have had its effect.</param>
    /// <param name="Strike">1 when the attempt counts towards giving up.</param>
    public sealed record Later(string Code, string Reason, bool Unsure, int Strike = 0) : Verdict;
}
