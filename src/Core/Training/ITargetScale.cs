using MLNet.BatchNorm.Core.Data;
using MLNet.BatchNorm.Core.Losses;

namespace MLNet.BatchNorm.Core.Training;

/// <summary>The unit in which a regression trains, so that learning rate and first weights suit targets of any unit.</summary>
internal interface ITargetScale
{
    /// <summary>That of the targets, for a loss with this link.</summary>
    static ITargetScale Of(RowSource rows, Link link, Ranks? ranks = null) =>
        link == Link.Log ? LogTargetScale.Of(rows, ranks) : TargetScale.Of(rows, ranks);

    /// <summary>
    /// The scale to go on with where a network was trained before: targets that do not vary, as of a few new rows, must not make it forget
    /// all others at once.
    /// </summary>
    ITargetScale ForTrained();

    /// <summary>A target as the network trains on it.</summary>
    float Standardize(float target);

    /// <summary>
    /// Lets a network that predicts standardized targets, and ends with a dense layer of one unit, predict them in their own unit.
    /// </summary>
    void MoveInto(Network network);

    /// <summary>The reverse: lets a network that predicts targets in their own unit predict standardized ones.</summary>
    void TakeOutOf(Network network);
}
